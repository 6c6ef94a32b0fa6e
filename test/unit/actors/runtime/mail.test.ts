import { describe, expect, test } from "vitest";
import { stepBehaviour } from "../../../../actors/runtime/cell.ts";
import type { CoordinatorDeps } from "../../../../actors/runtime/performers.ts";
import type { RunEnd } from "../../../../actors/runtime/host.ts";
import { freshRun, type RunState } from "../../../../actors/runtime/run-state.ts";
import { memoryLog } from "../../../../coordination/log/memory.ts";
import type { Effect, EngineSignal } from "../../../../coordination/protocol/effect.ts";
import type { Envelope } from "../../../../coordination/protocol/envelope.ts";
import {
  agentActor,
  effectId,
  failureId,
  runId,
  schedulerActor,
  workflowActor,
  type ActorId,
} from "../../../../coordination/protocol/ids.ts";
import type { Message } from "../../../../coordination/protocol/message.ts";
import { hosted } from "../../../support/hosted.ts";
import { SimulatedClock } from "../../../simulation/clock.ts";
import { Random } from "../../../simulation/random.ts";

const run = runId("r");
const ann = agentActor("ann", "s");
const assigned: Message = { type: "task.assigned", step: "s", prompt: "p", replyTo: workflowActor };
const answered: Message = {
  type: "inference.failed",
  request: "q",
  failure: { code: "ABORTED", message: "gone", retryable: false },
};
const envelope = (to: ActorId, body: Message, index = 0): Envelope => ({
  id: effectId(workflowActor, 3, index),
  run,
  to,
  body,
});
const settled = () => new Promise<void>((resolve) => void setImmediate(resolve));

/** A host whose actors want these effects at each message, and all that it tells log, courier, engine and coordinator. */
const hostOf = (
  effects: readonly Effect[],
  {
    prepare = () => undefined,
    written = Promise.resolve(),
  }: {
    readonly prepare?: (state: RunState) => void;
    /** When rows are on disk. */
    readonly written?: Promise<void>;
  } = {},
) => {
  const clock = new SimulatedClock(new Random(1));
  const log = memoryLog();
  const events: string[] = [];
  const signals: EngineSignal[] = [];
  let deliver: (envelope: Envelope) => void = () => undefined;
  let coordination: CoordinatorDeps | undefined;
  const state = freshRun(run, () => stepBehaviour<null>(() => ({ state: null, effects }), null));
  prepare(state);
  const host = hosted(state, {
    run,
    clock,
    log: {
      ...log,
      append: (row) => {
        events.push(row.type === "turn" ? `${row.actor} takes ${row.input.type}` : row.type);
        return log.append(row);
      },
      durable: () => written,
    },
    performers: { tell: (signal) => void signals.push(signal) },
    courier: (deps) => {
      deliver = deps.deliver;
      return {
        post: () => undefined,
        acknowledge: (id) => void events.push(`acknowledged ${id}`),
        close: () => void events.push("courier closed"),
      };
    },
    coordinator: (deps) => {
      coordination = deps;
      return { propose: () => undefined, close: () => void events.push("coordinator closed") };
    },
  });
  let end: RunEnd | undefined;
  host.end.then(
    (how) => (end = how),
    () => undefined,
  );
  const idle = async () => {
    do await settled();
    while (clock.step());
  };
  return {
    host,
    state,
    events,
    signals,
    idle,
    deliver: (...envelopes: readonly Envelope[]) => envelopes.forEach((each) => deliver(each)),
    coordination: () => coordination,
    end: () => end,
  };
};

describe("a message that comes again", () => {
  const once = envelope(workflowActor, answered);

  test("is acknowledged once its turn is on record, and not while it waits", async () => {
    const { deliver, idle, events } = hostOf([]);
    deliver(once, once);
    await idle();
    const first = ["workflow takes inference.failed", `acknowledged ${once.id}`];
    expect(events).toEqual(first);
    // The acknowledgement was lost.
    deliver(once);
    await idle();
    expect(events).toEqual([...first, `acknowledged ${once.id}`]);
  });
});

describe("work for an agent that failed too often", () => {
  const work = envelope(ann, assigned);
  const prepare = (state: RunState) => state.roster.retire(ann);
  const notice = failureId(work.id);

  test("is turned away once, and acknowledged when whoever assigned it was told", async () => {
    const { deliver, idle, events } = hostOf([], { prepare });
    deliver(work, work);
    await idle();
    const told = ["workflow takes delivery.failed", `acknowledged ${notice}`, `acknowledged ${work.id}`];
    expect(events).toEqual(told);
    deliver(work);
    await idle();
    expect(events).toEqual([...told, `acknowledged ${work.id}`]);
  });

  test("is dropped if it is no work but an answer, and nobody owes it any more", async () => {
    const late = envelope(ann, answered);
    const { deliver, idle, events, state } = hostOf([], {
      prepare: (fresh) => {
        prepare(fresh);
        fresh.outstanding.add({ type: "envelope", envelope: late });
      },
    });
    deliver(late);
    await idle();
    expect(events).toEqual([`acknowledged ${late.id}`]);
    expect(state.outstanding.get(late.id)).toBeUndefined();
  });
});

test("what waits for an actor that stops is dropped: it has no turn after its last", async () => {
  const { deliver, idle, events } = hostOf([{ type: "stop" }]);
  const [work, late] = [envelope(ann, assigned), envelope(ann, answered, 1)];
  deliver(work, late);
  await idle();
  expect(events).toEqual([
    `${ann} takes task.assigned`,
    `acknowledged ${work.id}`,
    `acknowledged ${late.id}`,
  ]);
});

test("the engine is told what no message will answer", async () => {
  const told: readonly EngineSignal[] = [
    { type: "saveSequence", request: "p" },
    { type: "abortGeneration", request: "q" },
  ];
  const { deliver, idle, signals } = hostOf(told);
  deliver(envelope(schedulerActor, answered));
  await idle();
  expect(signals).toEqual(told);
});

test("the coordinator is told which commits the rows hold", () => {
  const { coordination } = hostOf([], { prepare: (state) => void (state.committed = 7) });
  expect(coordination()).toMatchObject({ recorded: 7 });
});

const endRun: Effect = { type: "endRun", outcome: "done", exit: 0, outputs: {} };
const suspend: Effect = { type: "suspend", decisions: ["d"] };
const closed = ["courier closed", "coordinator closed"];

test.each<[string, Effect, object, readonly string[]]>([
  ["ended", endRun, { type: "finished", row: { outcome: "done" } }, ["finished"]],
  ["waits for people", suspend, { type: "waiting", decisions: ["d"] }, []],
])("a run that has %s is let go of at once, and over when that is on disk", async (_, effect, end, rows) => {
  let onDisk: () => void = () => undefined;
  const written = new Promise<void>((resolve) => (onDisk = resolve));
  const run = hostOf([effect], { written });
  run.deliver(envelope(workflowActor, answered), envelope(workflowActor, answered, 1));
  await run.idle();
  const before = [
    "workflow takes inference.failed",
    `acknowledged ${effectId(workflowActor, 3, 0)}`,
    ...closed,
  ];
  expect([run.events, run.end()]).toEqual([before, undefined]);
  onDisk();
  await run.idle();
  expect(run.events).toEqual([...before, ...rows]);
  expect(run.end()).toMatchObject(end);
});

test.each(["interrupt", "kill"] as const)("%s lets go of all that a host holds", async (how) => {
  const { host, events, deliver, idle } = hostOf([]);
  host[how]();
  deliver(envelope(workflowActor, answered));
  await idle();
  expect(events).toEqual(closed);
});
