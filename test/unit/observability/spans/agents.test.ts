import { expect, test } from "vitest";
import type { Effect } from "../../../../coordination/protocol/effect.ts";
import {
  agentActor,
  effectId,
  schedulerActor,
  workflowActor,
} from "../../../../coordination/protocol/ids.ts";
import type { InferenceFailure } from "../../../../coordination/protocol/inference-messages.ts";
import type { Message } from "../../../../coordination/protocol/message.ts";
import type { Span } from "../../../../observability/span.ts";
import { spansOf } from "../../../../observability/spans/reader.ts";
import { readerDeps } from "../../../support/recorded.ts";
import { handHeader, turnRows, type HandTurn } from "../../../support/turn-rows.ts";

const ann = agentActor("ann", "label");
const task: Message = {
  type: "task.assigned",
  step: "label",
  prompt: "Well?",
  options: ["yes", "no"],
  replyTo: workflowActor,
};
const ask = (at: number): Effect => ({
  type: "send",
  to: schedulerActor,
  body: {
    type: "inference.requested",
    request: `${ann}:${at}`,
    body: { model: "m", agent: "ann", lines: [], maxTokens: 1, temperature: 0 },
    replyTo: ann,
  },
});
const replied = (at: number, promptTokens = 1): Message => ({
  type: "inference.completed",
  request: `${ann}:${at}`,
  reply: {
    text: "perhaps",
    usage: { promptTokens, outputTokens: 2 },
    model: "m",
    startedAtUs: 0,
    finishedAtUs: 1,
  },
});
const failed = (at: number, code: InferenceFailure["code"], message = ""): Message => ({
  type: "inference.failed",
  request: `${ann}:${at}`,
  failure: { code, message, retryable: true },
});
const refused = {
  type: "delivery.failed",
  id: effectId(ann, 0, 0),
  to: ann,
  code: "MAILBOX_FULL",
  message: "too much mail",
} as const satisfies Message;
const ballot = (option: string | null, round = 0): Effect => ({
  type: "propose",
  entry: { type: "ballot.cast", decision: "label", round, voter: "ann", option },
});
const stop: Effect = { type: "stop" };

const turn = (input: Message, ...effects: readonly Effect[]): HandTurn => ({ actor: ann, input, effects });

/** The span of the agent, if these are its turns. */
const agentAfter = (...turns: readonly HandTurn[]): Span => {
  const rows = [handHeader(), ...turnRows(...turns)].map((row) => ({ row }));
  const span = [...spansOf(rows, readerDeps)].find(({ unit }) => unit === "agent");
  if (span === undefined) throw new Error("there is an agent");
  return span;
};

/** Its events of a name, as seconds and what they say. */
const toldOf = ({ events }: Span, name: string) =>
  events.filter((event) => event.name === name).map(({ atUs, attributes }) => [atUs / 1e6, attributes]);

test("a question that is put several times at once is one question, and only another one is a retry", () => {
  const agent = agentAfter(
    turn(task, ask(0), ask(1), ask(2)),
    turn(replied(0)),
    turn(failed(1, "TIMEOUT")),
    turn(replied(2), ask(3), ask(4), ask(5)),
    turn(failed(5, "OVERLOADED"), ask(6)),
    turn({ ...refused, to: schedulerActor }, ask(7)),
  );
  expect(toldOf(agent, "retry")).toEqual([
    [4, { reason: "UNUSABLE_REPLY" }],
    [5, { reason: "OVERLOADED" }],
    [6, { reason: "MAILBOX_FULL" }],
  ]);
});

test("a question of a later round is no retry", () => {
  const vote = { ...task, decision: "label" };
  const agent = agentAfter(
    turn(vote, ask(0)),
    turn(replied(0), ballot("yes")),
    turn({ ...vote, round: { round: 1, kind: "debate", tied: [], ballots: [] } }, ask(1)),
    turn(replied(1), ballot(null, 1)),
  );
  expect(toldOf(agent, "retry")).toEqual([]);
  expect(toldOf(agent, "state")).toEqual(
    ["deliberating", "voting", "deliberating", "abstained"].map((state, at) => [
      at + 1,
      { "swarm.agent.state": state },
    ]),
  );
});

test("its tokens are those of all its calls, whatever became of the turns", () => {
  const agent = agentAfter(
    turn(task, ask(0)),
    turn(replied(0, 10), ask(1)),
    { actor: ann, input: replied(1, 5), failed: { code: "Error", message: "odd" } },
    turn(replied(1, 3), stop),
  );
  expect(agent.attributes).toMatchObject({
    "gen_ai.usage.input_tokens": 18,
    "gen_ai.usage.output_tokens": 6,
  });
  expect(agent.endUs).toBe(4e6);
});

test("its changes of state are told 64 times at most", () => {
  const rounds = Array.from({ length: 50 }, () => [turn(task, ask(0)), turn(replied(0), ballot("yes"))]);
  expect(toldOf(agentAfter(...rounds.flat()), "state")).toHaveLength(64);
});

test("a turn that threw is a restart, and what its error quotes is left out", () => {
  const agent = agentAfter(turn(task, ask(0)), {
    actor: ann,
    input: replied(0),
    failed: { code: "TypeError", message: 'cannot read "SECRET" of it' },
  });
  expect(toldOf(agent, "restart")).toEqual([
    [2, { "error.type": "TypeError", reason: 'cannot read "…" of it' }],
  ]);
  expect(agent.status).toEqual({ type: "unset" });
});

test("who gave up has failed, with the reason but for what it quotes", () => {
  const gaveUp: Effect = {
    type: "send",
    to: workflowActor,
    body: { type: "task.failed", step: "label", code: "UNUSABLE_REPLY", message: '"SECRET" is none of them' },
  };
  const agent = agentAfter(turn(task, ask(0)), turn(replied(0), gaveUp, stop));
  expect(agent.status).toEqual({ type: "error", message: '"…" is none of them' });
  expect(agent.attributes["error.type"]).toBe("UNUSABLE_REPLY");
  expect(toldOf(agent, "state").at(-1)).toEqual([2, { "swarm.agent.state": "failed" }]);
});

test("who is gone has failed when the workflow hears of it", () => {
  const agent = agentAfter(
    turn(task, ask(0)),
    {
      actor: workflowActor,
      input: { ...refused, id: effectId(workflowActor, 0, 0), code: "STEP_FAILED", message: 'odd "SECRET"' },
    },
    { actor: workflowActor, input: { type: "run.started" } },
  );
  expect(agent).toMatchObject({
    endUs: 2e6,
    status: { type: "error", message: 'odd "…"' },
    attributes: { "error.type": "STEP_FAILED" },
  });
});

test("who was asked again after its ballot is not done when the run ends", () => {
  const vote = { ...task, decision: "label" };
  const asked = [turn(vote, ask(0)), turn(replied(0, 7), ballot("yes"))] as const;
  const over = { type: "finished", outcome: "failed", exit: 1, outputs: {}, atUs: 9e6 } as const;
  const endOf = (...turns: readonly HandTurn[]) => {
    const header = handHeader();
    const rows = [header, ...turnRows(...turns), { ...over, run: header.run }].map((row) => ({ row }));
    return [...spansOf(rows, readerDeps)].find(({ unit }) => unit === "agent")?.attributes;
  };
  expect(endOf(...asked)).not.toHaveProperty("swarm.unfinished");
  const gaveUp = { type: "task.failed", step: "label", code: "UNUSABLE_REPLY", message: "" } as const;
  const last = turn(replied(0, 7), { type: "send", to: workflowActor, body: gaveUp });
  expect(endOf(turn(task, ask(0)), last)).not.toHaveProperty("swarm.unfinished");
  expect(endOf(...asked, turn(vote, ask(1)))).toMatchObject({
    "swarm.unfinished": true,
    "gen_ai.usage.input_tokens": 7,
  });
});

test("a voter that is gone leaves its step to the others, and an agent that was asked takes it along", () => {
  const lost = (assigned: Message): Span | undefined => {
    const rows = turnRows(
      {
        actor: workflowActor,
        input: { type: "run.started" },
        effects: [{ type: "send", to: ann, body: assigned }],
      },
      {
        actor: workflowActor,
        input: {
          type: "delivery.failed",
          id: effectId(workflowActor, 0, 0),
          to: ann,
          code: "STEP_FAILED",
          message: 'odd "SECRET"',
        },
      },
    );
    const all = [handHeader(), ...rows].map((row) => ({ row }));
    return [...spansOf(all, readerDeps)].find(({ unit }) => unit === "step");
  };
  expect(lost({ ...task, decision: "label" })).toMatchObject({
    status: { type: "unset" },
    attributes: { "swarm.step.kind": "decide", "swarm.step.outcome": "unfinished" },
    events: [{ name: "agent.lost", atUs: 2e6, attributes: { reason: 'odd "…"' } }],
  });
  expect(lost(task)).toMatchObject({
    endUs: 2e6,
    status: { type: "error", message: 'odd "…"' },
    attributes: { "swarm.step.kind": "ask", "swarm.step.outcome": "failed", "error.type": "STEP_FAILED" },
  });
});

test("a voter that has too much mail to be asked again is not gone: it ends its work, and its step says why it abstained", () => {
  const vote = { ...task, decision: "label" };
  const rows = turnRows(
    {
      actor: workflowActor,
      input: { type: "run.started" },
      effects: [{ type: "send", to: ann, body: vote }],
    },
    turn(vote, ask(0)),
    { actor: workflowActor, input: { ...refused, id: effectId(workflowActor, 0, 0) } },
    turn(replied(0, 7), ballot("yes"), { type: "stop" }),
  );
  const spans = [
    ...spansOf(
      [handHeader(), ...rows].map((row) => ({ row })),
      readerDeps,
    ),
  ];
  expect(spans.find(({ unit }) => unit === "agent")).toMatchObject({ endUs: 4e6, status: { type: "unset" } });
  expect(spans.find(({ unit }) => unit === "step")).toMatchObject({
    status: { type: "unset" },
    events: [{ name: "agent.full", atUs: 3e6, attributes: { reason: "too much mail" } }],
  });
});

test("a question that is heard once its agent is over is that agent's all the same", () => {
  const question = ask(0);
  if (question.type !== "send") throw new Error("a question is sent");
  const heard: HandTurn = { actor: schedulerActor, input: question.body };
  const rows = [handHeader(), ...turnRows(turn(task, question), turn(failed(9, "ABORTED"), stop), heard)];
  const spans = [
    ...spansOf(
      rows.map((row) => ({ row })),
      readerDeps,
    ),
  ];
  const agent = spans.find(({ unit }) => unit === "agent");
  expect(spans.find(({ unit }) => unit === "lease.wait")).toMatchObject({ parentSpanId: agent?.spanId });
});
