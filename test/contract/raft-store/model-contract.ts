import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { RaftStore } from "../../../coordination/raft/store.ts";
import { often } from "../../support/deep.ts";
import {
  afterStep,
  drawsFrom,
  emptyModel,
  modelOf,
  nextStep,
  perform,
  scriptNodes,
  type Model,
} from "../../support/raft-store-script.ts";
import type { Subject } from "./subject.ts";

const sequences = often(25, 1_000);

/** What can be read without starting the nodes anew. */
const expectSnapshots = (store: RaftStore, model: Model): void => {
  for (const node of scriptNodes) {
    const snapshot = model.get(node)?.snapshot;
    if (snapshot === null || snapshot === undefined) {
      expect(store.readSnapshot(node)).toBeUndefined();
      continue;
    }
    const { meta, data } = snapshot;
    const from = Math.floor(data.length / 3);
    expect(store.readChunk(node, meta, from, 1_000)).toBe(data.slice(from, from + 1_000));
    expect(store.readChunk(node, { ...meta, index: meta.index + 1 }, 0, 1)).toBeUndefined();
  }
};

/** Any sequence of what a core may ask for, with crashes anywhere, against a model that is too plain to be wrong. */
export const modelContract = (name: string, open: () => Promise<Subject>): void => {
  describe(`${name}: the model`, () => {
    test(
      `after each of ${sequences} sequences of steps and crashes, the disk holds what was written`,
      { timeout: sequences * 5_000 },
      async () => {
        const moves = fc.array(fc.record({ seed: fc.nat(), crash: fc.nat(9).map((roll) => roll === 0) }), {
          minLength: 10,
          maxLength: 120,
        });
        const law = fc.asyncProperty(moves, async (list) => {
          const subject = await open();
          try {
            let { store } = subject;
            let model = emptyModel;
            for (const { seed, crash } of list) {
              const step = nextStep(model, drawsFrom(seed));
              perform(store, step);
              model = afterStep(model, step);
              expectSnapshots(store, model);
              if (!crash) continue;
              store = await subject.crash();
              expect(modelOf(store)).toEqual(model);
            }
            expect(modelOf(store)).toEqual(model);
            expect(modelOf(await subject.crash())).toEqual(model);
          } finally {
            await subject.dispose();
          }
        });
        await fc.assert(law, { numRuns: sequences });
      },
    );
  });
};
