import fc from "fast-check";
import { expect, test } from "vitest";
import { stepBehaviour } from "../../../../actors/runtime/cell.ts";
import { recover } from "../../../../actors/runtime/recover.ts";
import { replayRows } from "../../../../actors/runtime/replay.ts";
import type { Cast } from "../../../../actors/runtime/roster.ts";
import { freshRun, type RunState } from "../../../../actors/runtime/run-state.ts";
import { encodeSnapshot } from "../../../../actors/runtime/snapshot.ts";
import { memoryLog } from "../../../../coordination/log/memory.ts";
import type { Effect, StartTimer } from "../../../../coordination/protocol/effect.ts";
import {
  agentActor,
  agentName,
  attemptId,
  effectId,
  hostActor,
  runId,
  schedulerActor,
  workflowActor,
} from "../../../../coordination/protocol/ids.ts";
import { hosted } from "../../../support/hosted.ts";
import type { Message } from "../../../../coordination/protocol/message.ts";
import { SimulatedClock } from "../../../simulation/clock.ts";
import { Random } from "../../../simulation/random.ts";
import { often } from "../../../support/deep.ts";

const run = runId("r");
const handled = () => new Promise<void>((resolve) => void setImmediate(resolve));

const timer = (name: string, ms: number, clock: StartTimer["clock"] = "process"): StartTimer => ({
  type: "startTimer",
  timer: name,
  ms,
  clock,
});

type Deed = "start" | "startOther" | "cancel" | "assign" | "fail" | "stop" | "rest";

/** The workflow and its agents each go through a list of deeds, one a turn; only an agent fails or stops. */
const castOf =
  (deeds: readonly Deed[]): Cast =>
  (actor) => {
    const isAgent = agentName(actor) !== undefined;
    const effectsOf = (deed: Deed, turn: number, { type }: Message): readonly Effect[] => {
      const next = timer("next", 3);
      switch (deed) {
        case "start":
          return [next, timer("other", 40)];
        case "startOther":
          return [timer("other", 7, "wall"), next, timer("other", 3)];
        case "cancel":
          return [{ type: "cancelTimer", timer: "other" }, next];
        case "assign": {
          const to = agentActor("ann", `s${turn}`);
          const body = {
            type: "task.assigned",
            step: `s${turn}`,
            prompt: "p",
            replyTo: workflowActor,
          } as const;
          return isAgent ? [next] : [{ type: "send", to, body }, next];
        }
        case "fail":
          // It is told of its failure, and goes on.
          if (isAgent && type !== "delivery.failed") throw new Error("failed");
          return [next];
        case "stop":
          return isAgent ? [{ type: "stop" }] : [next];
        case "rest":
          return [next];
      }
    };
    return stepBehaviour<number>(
      (turn, message) => {
        const deed = deeds[turn % deeds.length] ?? "rest";
        return { state: turn + 1, effects: effectsOf(deed, turn, message) };
      },
      isAgent ? 1 : 0,
    );
  };

type Known = {
  readonly actors: readonly { readonly id: string; readonly seq: number }[];
  readonly debts: readonly { readonly actor?: string }[];
};

/**
 * All that rows can tell. They do not tell of an actor that has not had its first turn, nor whether what is addressed to one that is
 * gone was dropped already.
 */
const known = (state: RunState) => {
  const { actors, debts, ...rest } = JSON.parse(JSON.stringify(encodeSnapshot(state))) as Known;
  const living = new Set(actors.map(({ id }) => id));
  return {
    ...rest,
    actors: actors.filter(({ seq }) => seq > 0),
    debts: debts.filter(({ actor }) => actor === undefined || living.has(actor)),
  };
};

test("what a resume makes of the rows, from a snapshot or without, is what the host had, and a replay agrees", async () => {
  const deed = fc.constantFrom<Deed>("start", "startOther", "cancel", "assign", "fail", "stop", "rest");
  const deeds = fc.array(deed, { minLength: 1, maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(deeds, fc.nat(120), fc.constantFrom(1, 5, 17, 1_000), async (list, steps, every) => {
      const [log, clock, cast] = [memoryLog(), new SimulatedClock(new Random(1)), castOf(list)];
      const state = freshRun(run, cast);
      const host = hosted(state, { run, log, clock, snapshotEveryRows: every });
      host.start();
      for (let step = 0; step < steps; step += 1) {
        await handled();
        clock.step();
      }
      host.interrupt();
      await host.end;
      expect(known(recover(log, run, cast))).toEqual(known(state));
      expect(replayRows(log.read(run), run, cast)).toMatchObject({
        type: "identical",
        rows: state.position + 1,
      });
      // No timer is left that would keep the process waiting.
      const endedAtUs = clock.nowUs();
      while (clock.step());
      expect(clock.nowUs()).toBe(endedAtUs);
    }),
    { numRuns: often(150) },
  );
});

test.each([
  ["process", 40],
  ["wall", 30],
] as const)("after a resume a timer of %s time has %i ms left", async (kind, leftMs) => {
  const clock = new SimulatedClock(new Random(1));
  const log = memoryLog();
  const cast: Cast = () =>
    stepBehaviour<number>(
      (turn) => ({
        state: turn + 1,
        effects: turn === 0 ? [timer("long", 100, kind), timer("mark", 60)] : [],
      }),
      0,
    );
  const first = hosted(freshRun(run, cast), { run, log, clock });
  first.start();
  const wait = async (until: () => boolean) => {
    for (let left = 50; left > 0 && !until(); left -= 1) {
      await handled();
      clock.step();
    }
  };
  const rows = () => [...log.read(run)].length;
  // Its start and its mark at 60 ms are on record; no process drives it for 10 ms.
  await wait(() => rows() === 2);
  first.interrupt();
  await first.end;
  clock.after(10, () => undefined);
  clock.step();
  const resumedAtUs = clock.nowUs();
  const state = recover(log, run, cast);
  state.lastAtUs = resumedAtUs;
  const second = hosted(state, { run, log, clock });
  second.start();
  await wait(() => rows() === 3);
  const last = [...log.read(run)].at(-1)?.row;
  expect(last).toMatchObject({ type: "turn", input: { type: "timer.fired", timer: "long" } });
  expect(last?.atUs).toBe(resumedAtUs + leftMs * 1000);
});

test("a run whose process died between its end and the last row gets that row", async () => {
  const log = memoryLog();
  const clock = new SimulatedClock(new Random(1));
  const end: Effect = { type: "endRun", outcome: "done", exit: 0, outputs: { answer: 42 } };
  const cast: Cast = () => stepBehaviour<null>(() => ({ state: null, effects: [end] }), null);
  const cause = effectId(hostActor, 0, 0);
  const input = { type: "run.started" } as const;
  log.append({ type: "turn", run, actor: workflowActor, seq: 0, atUs: 1, cause, input, effects: [end] });
  const host = hosted(recover(log, run, cast), { run, log, clock });
  host.start();
  expect(await host.end).toMatchObject({
    type: "finished",
    row: { outcome: "done", outputs: { answer: 42 } },
  });
  expect([...log.read(run)].map(({ row }) => row.type)).toEqual(["turn", "finished"]);
});

test("a call goes on with the tries that an earlier process put on record", async () => {
  const log = memoryLog();
  const clock = new SimulatedClock(new Random(1));
  const body = { model: "m", agent: "a", lines: [], maxTokens: 1, temperature: 0 };
  const generate: Effect = {
    type: "generate",
    request: "q",
    body,
    grant: { model: "m", sequence: 0, tokens: 1 },
  };
  const cast: Cast = () => stepBehaviour<null>(() => ({ state: null, effects: [] }), null);
  const failure = { code: "RATE_LIMITED", message: "slow down", retryable: false } as const;
  const turn = { type: "turn", run, actor: schedulerActor, atUs: 1 } as const;
  const call = effectId(schedulerActor, 0, 0);
  log.append({
    ...turn,
    seq: 0,
    cause: effectId(workflowActor, 0, 0),
    input: { type: "run.started" },
    effects: [generate],
  });
  for (const attempt of [1, 2]) {
    const times = { delayMs: 1, startedAtUs: 1, finishedAtUs: 1 };
    const input = {
      type: "inference.attempted",
      request: "q",
      attempt,
      model: "m",
      failure,
      ...times,
    } as const;
    log.append({ ...turn, seq: attempt, cause: attemptId(call, attempt), input, effects: [] });
  }
  const made: number[] = [];
  const host = hosted(recover(log, run, cast), {
    run,
    log,
    clock,
    performers: {
      generate: (_effect, _signal, { attempts }) => {
        made.push(attempts);
        return new Promise(() => undefined);
      },
    },
  });
  host.start();
  expect(made).toEqual([2]);
  host.kill();
});

test("a snapshot is kept every so many rows, and no oftener", async () => {
  const clock = new SimulatedClock(new Random(1));
  const log = memoryLog();
  const positions: number[] = [];
  const saveSnapshot: typeof log.saveSnapshot = (_, { position }) => void positions.push(position);
  const host = hosted(freshRun(run, castOf(["rest"])), {
    run,
    log: { ...log, saveSnapshot },
    clock,
    snapshotEveryRows: 5,
  });
  host.start();
  while ([...log.read(run)].length < 16) {
    await handled();
    clock.step();
  }
  expect(positions).toEqual([4, 9, 14]);
  host.kill();
});
