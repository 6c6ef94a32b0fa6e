import { expect, test } from "vitest";
import { stepBehaviour } from "../../../../actors/runtime/cell.ts";
import { mailboxCapacity } from "../../../../actors/runtime/mailbox.ts";
import { freshRun } from "../../../../actors/runtime/run-state.ts";
import type { Snapshot } from "../../../../coordination/log/log.ts";
import { memoryLog } from "../../../../coordination/log/memory.ts";
import type { Effect } from "../../../../coordination/protocol/effect.ts";
import {
  agentActor,
  effectId,
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
const settled = () => new Promise<void>((resolve) => void setImmediate(resolve));
const timer = (name: string, ms: number): Effect => ({
  type: "startTimer",
  timer: name,
  ms,
  clock: "process",
});
const endRun: Effect = { type: "endRun", outcome: "done", exit: 0, outputs: {} };

/** A run of one actor that answers each message with the effects of a table. */
const played = async (
  table: Readonly<Record<string, readonly Effect[]>>,
  { pauseMs = 0, snapshotEveryRows = 1 } = {},
) => {
  const clock = new SimulatedClock(new Random(1));
  const log = memoryLog();
  const keyOf = (message: Message) => ("timer" in message ? message.timer : message.type);
  const state = freshRun(run, () =>
    stepBehaviour<null>((_, message) => ({ state: null, effects: table[keyOf(message)] ?? [] }), null),
  );
  const told: string[] = [];
  const inputs: Message[] = [];
  const snapshots: Snapshot[] = [];
  const host = hosted(state, {
    run,
    log: {
      ...log,
      append: (row) => {
        if (row.type === "turn" && row.actor === workflowActor) {
          inputs.push(row.input);
          told.push(keyOf(row.input));
        }
        return log.append(row);
      },
      saveSnapshot: (_, snapshot) => void snapshots.push(snapshot),
    },
    snapshotEveryRows,
    clock: { nowUs: () => clock.nowUs(), after: (ms, fire) => clock.after(ms > 0 ? ms : pauseMs, fire) },
  });
  host.start();
  do await settled();
  while (clock.step());
  return { told, inputs, snapshots, end: await host.end };
};

test("timers fire in order, and the end of the run is its last row", async () => {
  const { told, end } = await played({
    "run.started": [timer("late", 20), timer("soon", 10)],
    late: [endRun],
  });
  expect(told).toEqual(["run.started", "soon", "late"]);
  expect(end).toMatchObject({ type: "finished", row: { outcome: "done" } });
});

test.each<[string, readonly Effect[]]>([
  ["cancelled", [{ type: "cancelTimer", timer: "late" }, timer("end", 100)]],
  ["started anew", [timer("late", 1_000), timer("end", 100)]],
])("a timer that is %s while its message waits in the mailbox has not fired", async (_, effects) => {
  const { told } = await played(
    { "run.started": [timer("soon", 10), timer("late", 11)], soon: effects, end: [endRun] },
    { pauseMs: 50 },
  );
  expect(told).toEqual(["run.started", "soon", "end"]);
});

const proposed: Effect = {
  type: "propose",
  entry: { type: "decision.closed", decision: "d", reason: "deadline" },
};
const command: Effect = { type: "runCommand", request: "c", command: ["true"], cwd: "/", timeoutMs: 1 };

test.each<[string, Effect]>([
  ["an entry for the coordinator", proposed],
  ["a program", command],
])("what has consequences waits until it is on record: %s", async (_, effect) => {
  const clock = new SimulatedClock(new Random(1));
  const log = memoryLog();
  let onDisk: () => void = () => undefined;
  const written = new Promise<void>((resolve) => (onDisk = resolve));
  const done: string[] = [];
  const state = freshRun(run, () => stepBehaviour<null>(() => ({ state: null, effects: [effect] }), null));
  const host = hosted(state, {
    run,
    log: { ...log, durable: () => written },
    clock,
    performers: {
      runCommand: ({ request }) => {
        done.push(request);
        return new Promise(() => undefined);
      },
    },
    coordinator: () => ({ propose: (_id, entry) => void done.push(entry.type), close: () => undefined }),
  });
  host.start();
  await settled();
  while (clock.step());
  await settled();
  expect([[...log.read(run)].length, done]).toEqual([1, []]);
  onDisk();
  await settled();
  expect(done).toHaveLength(1);
  host.kill();
});

test("what is asked of a model is called off when the run is interrupted, and nothing is written any more", async () => {
  const clock = new SimulatedClock(new Random(1));
  const log = memoryLog();
  const signals: AbortSignal[] = [];
  let answer: () => void = () => undefined;
  const load: Effect = { type: "loadModel", model: "m", sequences: 1, bytes: 1 };
  const state = freshRun(run, () => stepBehaviour<null>(() => ({ state: null, effects: [load] }), null));
  const host = hosted(state, {
    run,
    log,
    clock,
    performers: {
      changeModel: ({ model }, signal) => {
        signals.push(signal);
        return new Promise((resolve) => (answer = () => resolve({ type: "model.evicted", model })));
      },
    },
  });
  host.start();
  await settled();
  while (clock.step());
  expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
  host.interrupt();
  expect(await host.end).toEqual({ type: "interrupted" });
  expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
  answer();
  await settled();
  while (clock.step());
  expect([...log.read(run)]).toHaveLength(1);
});

const requestOf = (replyTo: ActorId): Effect => ({
  type: "send",
  to: schedulerActor,
  body: {
    type: "inference.requested",
    request: "x",
    replyTo,
    body: { model: "m", agent: "a", lines: [], maxTokens: 1, temperature: 0 },
  },
});

test("a request that is refused is owed until the refusal is on record: a crash loses neither", async () => {
  const request = requestOf(workflowActor);
  const { told, inputs, snapshots } = await played(
    {
      "run.started": Array.from({ length: mailboxCapacity + 1 }, () => request),
      "delivery.failed": [endRun],
    },
    { snapshotEveryRows: 1000 },
  );
  expect(told).toEqual(["run.started", "delivery.failed"]);
  expect(inputs[1]).toMatchObject({ to: schedulerActor, code: "MAILBOX_FULL", request: "x" });
  expect(snapshots.length).toBeGreaterThan(0);
  const refused = effectId(workflowActor, 0, mailboxCapacity);
  // Each was taken before the notice had its row: that one ended the run.
  for (const { state } of snapshots) expect(JSON.stringify(state)).toContain(`"${refused}"`);
});

test("an actor whose mailbox fills up has its turns before those who fill it: none of many more than it holds is refused", async () => {
  const clock = new SimulatedClock(new Random(1));
  const log = memoryLog();
  const agents = Array.from({ length: mailboxCapacity + 100 }, (_, item) =>
    agentActor("ann", `map[${item}]/s`),
  );
  const assigned = agents.map((to): Effect => {
    const body = { type: "task.assigned", step: "s", prompt: "p", replyTo: workflowActor } as const;
    return { type: "send", to, body };
  });
  const answered: string[] = [];
  const state = freshRun(run, (actor) =>
    stepBehaviour<null>((_, { type }) => {
      if (actor === workflowActor) return { state: null, effects: assigned };
      if (actor === schedulerActor) answered.push(type);
      return { state: null, effects: actor === schedulerActor ? [] : [requestOf(actor)] };
    }, null),
  );
  const refused: string[] = [];
  const host = hosted(state, {
    run,
    log: {
      ...log,
      append: (row) => {
        if (row.type === "turn" && row.input.type === "delivery.failed") refused.push(row.input.message);
        return log.append(row);
      },
    },
    clock,
  });
  host.start();
  do await settled();
  while (clock.step());
  expect([answered.length, refused]).toEqual([agents.length, []]);
  host.kill();
});

test("a run ends with what went wrong where an actor whose step threw cannot be made anew", async () => {
  const clock = new SimulatedClock(new Random(1));
  const log = memoryLog();
  const ann = agentActor("ann", "s");
  const body = { type: "task.assigned", step: "s", prompt: "p", replyTo: workflowActor } as const;
  const state = freshRun(run, (actor) =>
    stepBehaviour<null>((_, { type }) => {
      if (actor === workflowActor) return { state: null, effects: [{ type: "send", to: ann, body }] };
      if (type === "timer.fired") throw new Error("the step threw");
      return { state: null, effects: [timer("soon", 10)] };
    }, null),
  );
  const told: string[] = [];
  const host = hosted(state, {
    run,
    log: {
      ...log,
      append: (row) => {
        if (row.type === "turn") told.push(row.input.type);
        return log.append(row);
      },
      read: () => {
        throw new Error("the log cannot be read");
      },
    },
    clock,
  });
  const end = host.end.catch(String);
  host.start();
  do await settled();
  while (clock.step());
  expect(await end).toBe("Error: the log cannot be read");
  expect(told).toEqual(["run.started", "task.assigned", "timer.fired"]);
});

const sent: Effect = { type: "send", to: schedulerActor, body: { type: "run.started" } };
const loaded: Effect = { type: "loadModel", model: "m", sequences: 1, bytes: 1 };

// Who stopped is made anew by the next message to it.
test.each<[string, readonly Effect[]]>([
  ["another actor", [sent]],
  ["a timer", [timer("soon", 10), { type: "stop" }]],
  ["a model", [loaded, { type: "stop" }]],
  ["a program", [command, { type: "stop" }]],
])(
  "a run ends with what went wrong where nobody can be made to take what comes of %s",
  async (_, effects) => {
    const clock = new SimulatedClock(new Random(1));
    let made = 0;
    const state = freshRun(run, () => {
      const behaviour = stepBehaviour<null>(() => ({ state: null, effects }), null);
      return {
        spawn: (id) => {
          if (made++ > 0) throw new Error("it cannot be made");
          return behaviour.spawn(id);
        },
      };
    });
    const host = hosted(state, {
      run,
      log: memoryLog(),
      clock,
      performers: {
        changeModel: ({ model }) => Promise.resolve({ type: "model.evicted", model }),
        runCommand: ({ request }) =>
          Promise.resolve({ type: "command.completed", request, exit: 0, trouble: "", output: "" }),
      },
    });
    const end = Promise.race([host.end.catch(String), settledOften().then(() => "the run goes on")]);
    host.start();
    await settled();
    while (clock.step()) await settled();
    expect(await end).toBe("Error: it cannot be made");
  },
);

const settledOften = async () => {
  for (let turn = 0; turn < 100; turn++) await settled();
};
