import { describe, expect, test } from "vitest";
import { fittingBeside, fittingOf, type WantedModel } from "../../../inference/fitting.ts";
import { footprintOf, sequenceBytes, SMALL_BATCH, USUAL_BATCH } from "../../../inference/footprint.ts";

const CONTEXT = 256;
const shape = {
  architecture: "llama",
  name: null,
  quantization: "Q8_0",
  parameters: 1_000_000,
  weightBytes: 1_000_000,
  layers: 2,
  embedding: 64,
  feedForward: 128,
  heads: 4,
  kvHeads: 2,
  headDim: 16,
  kvItemsPerToken: 128,
  vocabulary: 500,
  trainedContext: 2048,
  parts: 1,
};
const wanted = (model: string, agents: number): WantedModel => ({ model, shape, context: CONTEXT, agents });
const bytes = (sequences: number, batch = SMALL_BATCH): number => {
  const { baseBytes, sequenceBytes: each } = footprintOf(shape, { context: CONTEXT, batch });
  return baseBytes + sequences * each;
};
const shown = ({ models, batch, peakBytes }: ReturnType<typeof fittingOf>) => ({
  batch,
  peakBytes,
  models: models.map(({ model, sequences, copies, totalBytes, fit }) => [
    model,
    fit,
    sequences,
    copies,
    totalBytes,
  ]),
});

describe("models of a run", () => {
  const both = [wanted("a", 3), wanted("b", 1)];
  const whole = bytes(3, USUAL_BATCH) + bytes(1, USUAL_BATCH);
  test.each<[string, number, ReturnType<typeof shown>]>([
    [
      "have all that is wanted, to the byte",
      whole,
      {
        batch: USUAL_BATCH,
        peakBytes: whole,
        models: [
          ["a", "stays", 3, 1, bytes(3, USUAL_BATCH)],
          ["b", "stays", 1, 1, bytes(1, USUAL_BATCH)],
        ],
      },
    ],
    [
      "compute in small batches before one has to leave",
      bytes(3) + bytes(1),
      {
        batch: SMALL_BATCH,
        peakBytes: bytes(3) + bytes(1),
        models: [
          ["a", "stays", 3, 1, bytes(3)],
          ["b", "stays", 1, 1, bytes(1)],
        ],
      },
    ],
    [
      "have fewer conversations where there is less room",
      bytes(3) + bytes(1) - 1,
      {
        batch: SMALL_BATCH,
        peakBytes: bytes(2) + bytes(1),
        models: [
          ["a", "stays", 2, 1, bytes(2)],
          ["b", "stays", 1, 1, bytes(1)],
        ],
      },
    ],
    [
      "take turns where not all have room for one, each with as many as fit then",
      bytes(1) + bytes(1) - 1,
      {
        batch: SMALL_BATCH,
        peakBytes: bytes(1) + bytes(1) - 1,
        models: [
          ["a", "takes turns", 3, 1, bytes(3)],
          ["b", "takes turns", 1, 1, bytes(1)],
        ],
      },
    ],
    [
      "are too large where one conversation does not fit",
      bytes(1) - 1,
      {
        batch: SMALL_BATCH,
        peakBytes: 0,
        models: [
          ["a", "too large", 1, 1, bytes(1)],
          ["b", "too large", 1, 1, bytes(1)],
        ],
      },
    ],
  ])("%s", (_, budget, expected) => expect(shown(fittingOf(both, budget))).toEqual(expected));

  test("that alone has less room than its agents want has what fits", () => {
    const [, , sequences] =
      shown(fittingOf([wanted("a", 9)], bytes(4) + sequenceBytes(shape, CONTEXT) - 1)).models[0] ?? [];
    expect(sequences).toBe(4);
  });

  test("have what those leave that never leave, all copies of which count", () => {
    const pinned = { model: "voter", shape, context: CONTEXT, sequences: 2, batch: SMALL_BATCH, copies: 3 };
    const held = 3 * bytes(2);
    expect(shown(fittingBeside([pinned], [wanted("a", 3)], held + bytes(2)))).toEqual({
      batch: SMALL_BATCH,
      peakBytes: held + bytes(2),
      models: [
        ["a", "stays", 2, 1, bytes(2)],
        ["voter", "stays", 2, 3, held],
      ],
    });
    expect(shown(fittingBeside([pinned], [wanted("a", 3)], held - 1))).toEqual({
      batch: SMALL_BATCH,
      peakBytes: held - 1,
      models: [
        ["a", "too large", 1, 1, bytes(1)],
        ["voter", "too large", 2, 3, held],
      ],
    });
  });
});

describe("what a model takes", () => {
  test("a context is taken in whole pages of 256 tokens", () => {
    expect([1, 256, 257].map((context) => sequenceBytes(shape, context) / sequenceBytes(shape, 256))).toEqual(
      [1, 1, 2],
    );
  });

  test("vectors are made in a context of their own, with a buffer of its own", () => {
    const made = { context: CONTEXT, batch: SMALL_BATCH };
    const plain = footprintOf(shape, made);
    const embedding = footprintOf(shape, { ...made, embeds: true });
    expect(embedding.sequenceBytes).toBe(plain.sequenceBytes);
    expect(embedding.baseBytes).toBe(
      plain.baseBytes + (plain.baseBytes - shape.weightBytes) + plain.sequenceBytes,
    );
  });
});
