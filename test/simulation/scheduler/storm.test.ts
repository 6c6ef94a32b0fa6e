import { describe, expect, test } from "vitest";
import type { Effect } from "../../../coordination/protocol/effect.ts";
import { schedulerStep } from "../../../inference/scheduler.ts";
import type { PolicyConfig, SchedulerConfig } from "../../../inference/scheduling/config.ts";
import { emptyLane } from "../../../inference/scheduling/lane.ts";
import type { MemoryLedger } from "../../../inference/scheduling/memory.ts";
import type { ModelState, SchedulerState } from "../../../inference/scheduling/state.ts";
import { often } from "../../support/deep.ts";
import { type MakeStep, stormOf } from "./events.ts";

const POLICIES: readonly PolicyConfig[] = [
  { type: "fair" },
  { type: "fifo" },
  { type: "round-robin" },
  { type: "keep-alive" },
  { type: "lru" },
];
/** Over all policies: 50,000, and 10^6 in the deep run. */
const EVENTS = often(10_000, 200_000);
const EVENTS_A_SEED = 2000;

/** Four models of several sizes, of which one or two fit beside one that never leaves. */
const configOf = (policy: PolicyConfig, seed: number): SchedulerConfig => ({
  models: {
    large: { concurrency: 3, agents: 2, footprint: { baseBytes: 600, sequenceBytes: 60 }, pausable: true },
    middle: { concurrency: 4, agents: 3, footprint: { baseBytes: 300, sequenceBytes: 50 }, pausable: true },
    small: { concurrency: 4, agents: 1, footprint: { baseBytes: 100, sequenceBytes: 20 } },
    pinned: { concurrency: 2, pinnedBytes: 70 },
  },
  budget: {},
  memoryBytes: 870 + 50 * (seed % 5),
  policy,
  maxQueued: 8,
});

const storms = (make: MakeStep, policy: PolicyConfig, events: number): string | undefined => {
  for (let seed = 1; seed <= Math.ceil(events / EVENTS_A_SEED); seed++) {
    const broken = stormOf(make, configOf(policy, seed), seed, EVENTS_A_SEED);
    if (broken !== undefined) return `seed ${seed}: ${broken}`;
  }
  return undefined;
};

describe("in a storm of random events the scheduler", () => {
  test.each(POLICIES.map((policy) => [policy.type, policy] as const))(
    "keeps within its memory, loses nothing, gives nothing twice and never stands still: %s",
    (_, policy) => {
      expect(storms(schedulerStep, policy, EVENTS)).toBeUndefined();
    },
    600_000,
  );

  type Alter = (effects: readonly Effect[], state: SchedulerState) => readonly Effect[];
  const altering =
    (alter: Alter): MakeStep =>
    (config) => {
      const step = schedulerStep(config);
      return (state, message) => {
        const turn = step(state, message);
        return { state: turn.state, effects: alter(turn.effects, turn.state) };
      };
    };
  const forgetting =
    (forget: (model: ModelState) => ModelState): MakeStep =>
    (config) => {
      const step = schedulerStep(config);
      return (state, message) => {
        const turn = step(state, message);
        const models = Object.entries(turn.state.models).map(([name, model]) => [name, forget(model)]);
        return { ...turn, state: { ...turn.state, models: Object.fromEntries(models) } };
      };
    };

  const remembering =
    (change: (memory: MemoryLedger, config: SchedulerConfig) => MemoryLedger): MakeStep =>
    (config) => {
      const step = schedulerStep(config);
      return (state, message) => step({ ...state, memory: change(state.memory, config) }, message);
    };

  test.each<[string, RegExp, MakeStep]>([
    [
      "a budget that is not kept",
      /bytes are granted of|is not there/,
      remembering((memory, { memoryBytes = 0 }) => ({ ...memory, budgetBytes: 2 * memoryBytes })),
    ],
    [
      "a model that never leaves and is not counted",
      /bytes are granted of/,
      remembering((memory, { memoryBytes = 0 }) => ({ ...memory, budgetBytes: memoryBytes })),
    ],
    [
      "a reservation that is not kept",
      /bytes are granted of|is not there/,
      remembering((memory) => ({
        ...memory,
        holdings: Object.fromEntries(
          Object.entries(memory.holdings).map(([name, holding]) => [
            name,
            holding.phase === "loading" ? { ...holding, bytes: 0 } : holding,
          ]),
        ),
      })),
    ],
    [
      "a grant that is lost",
      /wait/,
      altering((effects) => effects.filter(({ type }) => type !== "generate")),
    ],
    [
      "a sequence that is given twice",
      /is given twice/,
      altering((effects) =>
        effects.map((effect) =>
          effect.type === "generate" ? { ...effect, grant: { ...effect.grant, sequence: 0 } } : effect,
        ),
      ),
    ],
    [
      "a grant that is given twice",
      /is granted twice/,
      altering((effects) => [...effects, ...effects.filter(({ type }) => type === "generate")]),
    ],
    [
      "an answer that is given twice",
      /is answered twice/,
      altering((effects) => [...effects, ...effects.filter(({ type }) => type === "send")]),
    ],
    ["a queue that is forgotten", /wait/, forgetting((model) => ({ ...model, lane: emptyLane }))],
    ["a paused call that is forgotten", /wait/, forgetting((model) => ({ ...model, paused: [] }))],
    [
      "a timer that is not started",
      /wait/,
      altering((effects) => effects.filter(({ type }) => type !== "startTimer")),
    ],
    [
      "a model that is sent away under a call",
      /is sent away/,
      altering((effects, { models }) => [
        ...effects,
        ...(models["large"]?.running === 2 ? [{ type: "evictModel", model: "large" } as const] : []),
      ]),
    ],
  ])("would be caught with %s", (_, accusation, make) => {
    // Fair loads one model at a time, so that some faults do it no harm.
    const broken = storms(make, { type: "fair" }, 20_000) ?? storms(make, { type: "lru" }, 20_000);
    expect(broken).toMatch(accusation);
  });
});
