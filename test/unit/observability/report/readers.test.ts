import { describe, expect, test } from "vitest";
import {
  agentActor,
  runId,
  schedulerActor,
  workflowActor,
  type ActorId,
  type EnvelopeId,
} from "../../../../coordination/protocol/ids.ts";
import type { Effect } from "../../../../coordination/protocol/effect.ts";
import type { Message } from "../../../../coordination/protocol/message.ts";
import type { Row } from "../../../../coordination/protocol/row.ts";
import { barOf } from "../../../../observability/report/bar.ts";
import { conversationReader } from "../../../../observability/report/conversations.ts";
import { failureReader } from "../../../../observability/report/failures.ts";
import { memoryHistory } from "../../../../observability/report/memory.ts";
import { recordOf } from "../../../../observability/report/record.ts";
import { sequenceReader } from "../../../../observability/report/sequence.ts";
import type { Span } from "../../../../observability/span.ts";
import { madeSpan } from "../../../support/made-span.ts";
import { readerDeps } from "../../../support/recorded.ts";
import { schedulerRows } from "../../../support/scheduler-rows.ts";
import { turnRows } from "../../../support/turn-rows.ts";

const ann = agentActor("ann", "all[0]/s");
const body = (agent: string) => ({ model: "m", agent, lines: [], maxTokens: 1, temperature: 0 });
const generate = (request: string, agent = "ann"): Effect => ({
  type: "generate",
  request,
  body: body(agent),
  grant: { model: "m", sequence: 0, tokens: 1 },
});
const turn = (actor: ActorId, atUs: number, input: Message, effects: readonly Effect[] = []): Row => ({
  type: "turn",
  run: runId("r"),
  actor,
  seq: atUs,
  atUs,
  cause: `host#${atUs}` as EnvelopeId,
  input,
  effects,
});
const usage = { promptTokens: 1, outputTokens: 1 };
const replied = (request: string, tookUs = 1) =>
  ({
    type: "inference.completed",
    request,
    reply: { text: request, usage, model: "m", startedAtUs: 0, finishedAtUs: tookUs },
  }) as const;
const failed = (request: string) =>
  ({
    type: "inference.failed",
    request,
    failure: { code: "TIMEOUT", message: "late", retryable: true },
  }) as const;

test.each([
  ["voted, when it last had", ["deliberating", "voting", "deliberating", "voting"], 40, false],
  ["is asked again, when the record ends", ["deliberating", "voting", "deliberating"], 99, true],
  ["thinks, when the record ends", ["thinking"], 99, true],
] as const)("an agent is done that %s", (_, states, endUs, unfinished) => {
  const span: Span = {
    unit: "agent",
    traceId: "t",
    spanId: "s",
    parentSpanId: "p",
    name: "invoke_agent ann",
    kind: "internal",
    startUs: 0,
    endUs: 99,
    attributes: { "swarm.unfinished": true },
    events: states.map((state, at) => ({
      name: "state",
      atUs: 10 * (at + 1),
      attributes: { "swarm.agent.state": state },
    })),
    links: [],
    status: { type: "unset" },
  };
  expect(barOf(span)).toMatchObject({ endUs, unfinished });
});

test.each([
  ["run", { "gen_ai.workflow.name": "job" }, "run", "job", ""],
  ["step", { "swarm.step.path": "all[3]/both/left" }, "step", "left", "all[3]/both/left"],
  ["step", { "swarm.step.path": "all[3]" }, "step", "[]", "all[3]"],
  ["agent", { "gen_ai.agent.name": "ann", "swarm.step.path": "all[3]/s" }, "agent", "ann", "all[3]/s"],
  ["inference", { "gen_ai.request.model": "m", "gen_ai.response.model": "m-1" }, "inference", "m", ""],
  ["tool", { "gen_ai.tool.name": "sh" }, "tool", "sh", ""],
  ["lease.wait", { "swarm.gpu.model": "m" }, "wait", "m", ""],
  ["decision", { "swarm.decision.id": "all[3]/s" }, "decision", "decision", "all[3]/s"],
] as const)("a bar of a %s %o is in the lane of its kind", (unit, attributes, barUnit, label, path) => {
  expect(barOf(madeSpan({ spanId: "s", unit, attributes }))).toMatchObject({ unit: barUnit, label, path });
});

test("messages of one kind about one step are one arrow with their number, replies too", () => {
  const reader = sequenceReader();
  const calls = [0, 1, 2].map((item) => `${agentActor("ann", `all[${item}]/s`)}:0`);
  const generated = calls.map((request) => generate(request));
  reader.read(turn(schedulerActor, 1, { type: "timer.fired", timer: "t" }, generated));
  for (const request of calls) reader.read(turn(schedulerActor, 2, replied(request)));
  expect(reader.take()).toEqual([
    {
      address: "all/s",
      arrows: [
        { from: "scheduler", to: "models", what: "generate", count: 3 },
        { from: "models", to: "scheduler", what: "inference.completed", count: 3 },
      ],
    },
  ]);
});

test("a turn that threw is about the step of its agent, or of what it took", () => {
  const reader = sequenceReader();
  const failure = { code: "Error", message: "odd" };
  const input = { type: "task.failed", step: "all[2]/t", code: "UNUSABLE_REPLY", message: "" } as const;
  for (const actor of [ann, workflowActor]) {
    const [row] = turnRows({ actor, input, failed: failure });
    if (row !== undefined) reader.read(row);
  }
  expect(reader.take()).toEqual([
    { address: "all/s", arrows: [{ from: "ann", to: "ann", what: "failed", count: 1 }] },
    { address: "all/t", arrows: [{ from: "workflow", to: "workflow", what: "failed", count: 1 }] },
  ]);
});

test("of too many conversations those that failed are kept, then the longest, in the order of their ends", () => {
  const reader = conversationReader(3);
  const calls = [
    replied("b", 20),
    failed("x"),
    replied("c", 30),
    replied("a", 10),
    failed("y"),
    replied("d", 5),
    replied("e", 1),
  ];
  reader.read(
    turn(
      schedulerActor,
      1,
      { type: "timer.fired", timer: "t" },
      calls.map(({ request }) => generate(request)),
    ),
  );
  calls.forEach((input, at) => reader.read(turn(schedulerActor, at + 2, input)));
  const { conversations, others } = reader.take();
  expect(conversations.map(({ request }) => request)).toEqual(["x", "c", "y"]);
  expect(others).toBe(4);
});

test("of few conversations none is left out", () => {
  const reader = conversationReader(3);
  reader.read(turn(schedulerActor, 1, { type: "timer.fired", timer: "t" }, [generate("a")]));
  reader.read(turn(schedulerActor, 2, replied("a")));
  expect(reader.take()).toMatchObject({ conversations: [{ request: "a" }], others: 0 });
});

test("a conversation in which a try failed took the time from that on, as its span does", () => {
  const reader = conversationReader(3);
  reader.read(turn(schedulerActor, 1, { type: "timer.fired", timer: "t" }, [generate("a")]));
  const failure = { code: "RATE_LIMITED", message: "", retryable: true } as const;
  const tried = { attempt: 1, model: "m", failure, delayMs: 1, startedAtUs: 2, finishedAtUs: 4 };
  reader.read(turn(schedulerActor, 5, { type: "inference.attempted", request: "a", ...tried }));
  reader.read(turn(schedulerActor, 31, replied("a", 30)));
  expect(reader.take().conversations[0]?.tookUs).toBe(28);
  reader.read(turn(schedulerActor, 41, { type: "timer.fired", timer: "t" }, [generate("b")]));
  const late = { ...tried, startedAtUs: 44, finishedAtUs: 46 };
  reader.read(turn(schedulerActor, 47, { type: "inference.attempted", request: "b", ...late }));
  reader.read(turn(schedulerActor, 60, failed("b")));
  expect(reader.take().conversations[1]?.tookUs).toBe(16);
});

const tried: Message = {
  type: "inference.attempted",
  request: "x",
  attempt: 1,
  model: "m",
  failure: { code: "RATE_LIMITED", message: "", retryable: true },
  delayMs: 1,
  startedAtUs: 11,
  finishedAtUs: 12,
};
test.each([
  ["the time before and after it", [], 1014, 1020, 10],
  ["that of all its tries", [turn(schedulerActor, 12, tried)], 1014, 1020, 9],
  ["no time that only a clock took that was set back", [], 4, 20, 10],
])("a conversation that failed after a pause took %s", (_, turns, resumedUs, failedUs, tookUs) => {
  const reader = conversationReader(3);
  reader.read(turn(schedulerActor, 10, { type: "timer.fired", timer: "t" }, [generate("x")]));
  for (const row of turns) reader.read(row);
  reader.read(turn(ann, 14, { type: "timer.fired", timer: "t" }));
  reader.read({ type: "ruled", run: runId("r"), atUs: 500, swarm: "1", decision: "d", option: "yes" });
  reader.read({ type: "resumed", run: runId("r"), atUs: resumedUs, swarm: "1" });
  reader.read(turn(schedulerActor, failedUs, failed("x")));
  expect(reader.take().conversations[0]?.tookUs).toBe(tookUs);
});

test("a failure is counted where it happened, and not again where it was told", () => {
  const reader = failureReader((text) => text);
  for (const actor of [schedulerActor, ann]) reader.read(turn(actor, 1, failed(`${ann}:0`)));
  const second = failed(`${ann}:1`);
  reader.read(turn(schedulerActor, 2, second, [{ type: "send", to: ann, body: second }]));
  reader.read(turn(schedulerActor, 3, failed(`${ann}:2`)));
  const task = { type: "task.failed", step: "s", code: "INFERENCE_FAILED", message: "no" } as const;
  for (const actor of [workflowActor, ann]) reader.read(turn(actor, 4, task));
  expect(reader.take().failures).toEqual([
    { what: "call of a model", code: "TIMEOUT", message: "late", where: `${ann}:0`, firstUs: 1, count: 3 },
    { what: "task", code: "INFERENCE_FAILED", message: "no", where: "s", firstUs: 4, count: 1 },
  ]);
});

describe("of a call that the scheduler answers itself", () => {
  const request = `${ann}:0`;
  const told = (code: "TIMEOUT" | "ABORTED") =>
    ({
      type: "send",
      to: ann,
      body: { ...failed(request), failure: { ...failed(request).failure, code } },
    }) as const;
  const letGo = turn(schedulerActor, 9, told("ABORTED").body);
  const deadline = { type: "timer.fired", timer: `deadline/${request}` } as const;
  const failuresIn = (...rows: readonly Row[]) => {
    const reader = failureReader((text) => text);
    for (const row of rows) reader.read(row);
    return reader
      .take()
      .failures.map(({ what, code, where, firstUs, count }) => [what, code, where, firstUs, count]);
  };
  const late = [["call of a model", "TIMEOUT", request, 2, 1]];

  test.each([
    ["still waited", [turn(schedulerActor, 2, deadline, [told("TIMEOUT")])]],
    ["was at work", [turn(schedulerActor, 2, deadline, [told("TIMEOUT")]), letGo]],
  ])("at its deadline, that and nothing else is its failure where it %s", (_, rows) => {
    expect(failuresIn(...rows)).toEqual(late);
  });

  test("since nobody waits for it any more, nothing is", () => {
    const cancelled = { type: "inference.cancelled", request } as const;
    expect(failuresIn(turn(schedulerActor, 2, cancelled, [told("ABORTED")]), letGo)).toEqual([]);
  });

  test.each([
    ["ended", replied("other")],
    ["was withdrawn", { type: "inference.cancelled", request: "other" } as const],
  ])("because another one %s, it has failed all the same", (_, input) => {
    expect(failuresIn(turn(schedulerActor, 2, input, [told("TIMEOUT")]))).toEqual(late);
  });

  test("what its engine says of the next one of that name is news", () => {
    const again = turn(schedulerActor, 10, failed(request));
    expect(failuresIn(turn(schedulerActor, 2, deadline, [told("TIMEOUT")]), letGo, again)).toEqual([
      ["call of a model", "TIMEOUT", request, 2, 2],
    ]);
  });
});

test("a program that could not tell has failed, and one that told its exit code has not", () => {
  const reader = failureReader((text) => text);
  const ended = { type: "command.completed", request: "vote", output: "" } as const;
  reader.read(turn(workflowActor, 1, { ...ended, exit: 3 }));
  reader.read(turn(workflowActor, 2, { ...ended, exit: null, trouble: "no such program" }));
  expect(reader.take().failures).toEqual([
    {
      what: "program",
      code: "COMMAND_FAILED",
      message: "no such program",
      where: "vote",
      firstUs: 2,
      count: 1,
    },
  ]);
});

describe("what a person says while nothing drives the run", () => {
  const ruled: Row = {
    type: "ruled",
    run: runId("r"),
    atUs: 900e6,
    swarm: "1",
    decision: "d",
    option: "yes",
  };

  test("is no work of the run, and ends nothing later", () => {
    const header: Row = {
      type: "header",
      run: runId("r"),
      atUs: 1,
      swarm: "1",
      task: { name: "t", path: null, digest: "d" },
      plan: {},
      seed: 1,
      models: {},
      trust: {},
    };
    const rows = [header, turn(workflowActor, 5e6, { type: "run.started" }), ruled].map((row) => ({ row }));
    const record = recordOf(rows, { spans: readerDeps, sentence: (text) => text, conversations: 0 });
    expect([record.lastUs, record.rulings.length]).toEqual([5e6, 1]);
  });

  test("holds no memory longer", () => {
    const history = memoryHistory();
    const loads = { type: "loadModel", model: "a", sequences: 1, bytes: 1 } as const;
    const rows = schedulerRows(
      { input: { type: "timer.fired", timer: "gather" }, effects: [loads] },
      { input: { type: "timer.fired", timer: "gather" } },
    );
    for (const row of [...rows, ruled]) history.read(row);
    expect(history.take().stretches.map(({ endUs }) => endUs)).toEqual([1e6]);
  });
});
