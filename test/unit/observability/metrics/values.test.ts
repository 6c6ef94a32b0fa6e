import { describe, expect, test } from "vitest";
import type { Outcome } from "../../../../coordination/protocol/decision-messages.ts";
import type { Effect } from "../../../../coordination/protocol/effect.ts";
import {
  agentActor,
  decisionsActor,
  effectId,
  runId,
  schedulerActor,
  workflowActor,
  type ActorId,
  type EnvelopeId,
} from "../../../../coordination/protocol/ids.ts";
import type { Message } from "../../../../coordination/protocol/message.ts";
import type { DecidedRow, Row } from "../../../../coordination/protocol/row.ts";
import { measured } from "../../../support/measured.ts";

const run = runId("r");
const ann = agentActor("ann", "s");

let seq = 0;
/** A turn at some second of the run. */
const turn = (
  actor: ActorId,
  second: number,
  input: Message,
  effects: readonly Effect[] = [],
  cause = `host#${seq}` as EnvelopeId,
): DecidedRow => ({ type: "turn", run, actor, seq: seq++, atUs: second * 1e6, cause, input, effects });

const send = (to: ActorId, body: Message): Effect => ({ type: "send", to, body });

const header: Row = {
  type: "header",
  run,
  atUs: 1e6,
  swarm: "1",
  task: { name: "job", path: null, digest: "d" },
  plan: {},
  seed: 1,
  models: { m: { provider: "llama" } },
  trust: {},
};
const assigned = (decision?: string) =>
  ({
    type: "task.assigned",
    step: "s",
    prompt: "p",
    replyTo: workflowActor,
    ...(decision === undefined ? {} : { decision }),
  }) as const;
const usage = { promptTokens: 5, outputTokens: 2 };
const completed = { type: "task.completed", step: "s", answer: { text: "yes", usage } } as const;
const failed = { type: "task.failed", step: "s", code: "INFERENCE_FAILED", message: "" } as const;
const ended: Effect = { type: "endRun", outcome: "failed", exit: 1, outputs: {} };
const body = { model: "m", agent: "ann", lines: [], maxTokens: 1, temperature: 0 };
const asked = (request: string) =>
  ({ type: "inference.requested", request, body, replyTo: ann }) as const satisfies Message;
const ask = (request: string): Effect => send(schedulerActor, asked(request));
const generate = (request: string): Effect => ({
  type: "generate",
  request,
  body,
  grant: { model: "m", sequence: 0, tokens: 1 },
});
const reply = { text: "", usage, model: "m", startedAtUs: 2.25e6, firstChunkAtUs: 2.5e6, finishedAtUs: 4e6 };
const replied = { type: "inference.completed", request: "q", reply } as const;
const failure = (code: "TIMEOUT" | "ABORTED" | "OVERLOADED" | "RATE_LIMITED") =>
  ({ type: "inference.failed", request: "q", failure: { code, message: "", retryable: true } }) as const;
const lost = { id: effectId(ann, 0, 0), to: ann, code: "STEP_FAILED", message: "" } as const;
const undelivered = { type: "delivery.failed", ...lost } as const satisfies Message;

describe("a run and its steps", () => {
  test("take the time from the header to the end, and from the assignment to the answer", () => {
    expect(
      measured(
        header,
        turn(workflowActor, 2, { type: "run.started" }, [send(ann, assigned())]),
        turn(workflowActor, 5, completed),
        // Told twice, it was done once.
        turn(workflowActor, 6, completed),
        { type: "finished", run, atUs: 11e6, outcome: "done", exit: 0, outputs: {} },
      ),
    ).toEqual([
      "swarm_step_duration_seconds ask done of r = 3",
      "swarm_runs_total done = 1",
      "gen_ai_workflow_duration_seconds job  of r = 10",
    ]);
  });

  const deep = agentActor("ann", "both/s");
  test.each([
    ["gives up", ann, assigned(), failed],
    ["is gone", ann, assigned(), undelivered],
    ["is gone, inside another step", deep, { ...assigned(), step: "both/s" }, { ...undelivered, to: deep }],
  ])("a step fails whose agent %s", (_, to, task, input) => {
    expect(
      measured(
        turn(workflowActor, 2, { type: "run.started" }, [send(to, task)]),
        turn(workflowActor, 5, input, [ended]),
      ).filter((line) => line.startsWith("swarm_step")),
    ).toEqual(["swarm_step_duration_seconds ask failed of r = 3"]);
  });

  test.each([
    ["fails as a decision where a voter's money is gone", [ended], ["decide failed of r = 3"]],
    ["does not fail by what a voter says late", [], []],
  ])("a decision %s", (_, effects, told) => {
    const entry = { type: "decision.opened", ...decisionOf("s") } as const;
    const spent = { ...failed, code: "BUDGET_SPENT" } as const;
    expect(
      measured(
        turn(workflowActor, 2, { type: "run.started" }, [
          { type: "propose", entry },
          send(ann, assigned("s")),
        ]),
        turn(workflowActor, 5, spent, effects),
      ).filter((line) => line.startsWith("swarm_step")),
    ).toEqual(told.map((words) => `swarm_step_duration_seconds ${words}`));
  });

  test("a decision goes on though a voter is gone, and begins once, however many rounds it has", () => {
    const opened = { type: "decision.opened", decision: "s" } as const;
    const entry = { ...opened, ...decisionOf("s") };
    expect(
      measured(
        turn(workflowActor, 2, { type: "run.started" }, [{ type: "propose", entry }]),
        turn(workflowActor, 4, { type: "run.started" }, [send(ann, assigned("s"))]),
        turn(workflowActor, 5, undelivered),
        turn(workflowActor, 8, { type: "decision.settled", outcome: outcomeOf("s") }),
      ).filter((line) => line.startsWith("swarm_step")),
    ).toEqual(["swarm_step_duration_seconds decide settled of r = 6"]);
  });
});

describe("an agent", () => {
  const took = "gen_ai_invoke_agent_duration_seconds ann";
  const begun = turn(ann, 2, assigned(), [ask("q"), ask("q2")]);

  test("works from its assignment to its answer, once", () => {
    const answer = [send(workflowActor, completed)];
    expect(measured(begun, turn(ann, 5, replied, answer), turn(ann, 6, replied, answer))).toEqual([
      `${took}  of r = 3`,
    ]);
  });

  test("that is gone works until whoever asked it is told", () => {
    expect(measured(begun, turn(workflowActor, 4, undelivered))).toContain(`${took} AGENT_CRASHED of r = 2`);
  });

  test.each([
    ["unusable-reply", replied],
    ["not-delivered", undelivered],
    ["TIMEOUT", failure("TIMEOUT")],
    ["OVERLOADED", failure("OVERLOADED")],
    ["other", failure("ABORTED")],
  ])("that asks again does it once a turn, however many samples it asks for: %s", (reason, input) => {
    expect(
      measured(begun, turn(ann, 3, input, [ask("q3"), ask("q4")])).filter((line) => line.includes("retries")),
    ).toEqual([`swarm_inference_retries_total ${reason} = 1`]);
  });

  test("that withdraws its question asks nothing again", () => {
    const cancelled = send(schedulerActor, { type: "inference.cancelled", request: "q" });
    const settled = { type: "decision.settled", outcome: outcomeOf("s") } as const;
    expect(measured(begun, turn(ann, 3, settled, [cancelled]))).toEqual([]);
  });

  test("whose mailbox takes no more mail goes on with what it has", () => {
    const refused = turn(workflowActor, 4, { ...undelivered, code: "MAILBOX_FULL" });
    const answer = turn(ann, 5, replied, [send(workflowActor, completed)]);
    expect(measured(begun, refused, answer).filter((line) => line.startsWith(took))).toEqual([
      `${took}  of r = 3`,
    ]);
  });

  test("that throws is told with what it threw", () => {
    const thrown = { code: "RangeError", message: "" };
    const { effects: _, ...base } = begun;
    expect(measured({ ...base, failed: thrown })).toEqual(["swarm_agent_restarts_total ann RangeError = 1"]);
  });
});

test.each([
  ["MAILBOX_FULL", "mailbox-full"],
  ["STEP_FAILED", "step-failed"],
  ["NO_SUCH_ACTOR", "no-such-actor"],
] as const)("a message that nobody handled was dropped: %s", (code, reason) => {
  expect(measured(turn(schedulerActor, 1, { ...undelivered, code }))).toEqual([
    `swarm_messages_dropped_total ${reason} = 1`,
  ]);
});

describe("a call", () => {
  const call = "chat llama m";

  test("of a model that the record does not know has an unknown provider", () => {
    const rows = [turn(schedulerActor, 1, asked("q"), [generate("q")]), turn(schedulerActor, 2, replied)];
    expect(measured(...rows)).toContain("gen_ai_client_token_usage chat unknown m input = 5");
  });

  test("is measured by the engine's clock, its first chunk too, and its tokens by their kind", () => {
    expect(
      measured(
        header,
        turn(schedulerActor, 1, asked("q")),
        turn(schedulerActor, 2, asked("other"), [generate("q")]),
        turn(schedulerActor, 5, replied),
      ),
    ).toEqual([
      "swarm_gpu_lease_wait_seconds normal of r = 1",
      "swarm_gpu_lease_hold_seconds  = 3",
      `gen_ai_client_operation_duration_seconds ${call}  of r = 1.75`,
      `gen_ai_client_token_usage ${call} input = 5`,
      `gen_ai_client_token_usage ${call} output = 2`,
      `gen_ai_client_time_to_first_chunk_seconds ${call} = 0.25`,
    ]);
  });
});

describe("a decision", () => {
  const opened = { type: "decision.opened", ...decisionOf("d"), decision: "d" } as const;
  const proposed = turn(workflowActor, 1, { type: "run.started" }, [{ type: "propose", entry: opened }]);
  const commit = (second: number, entry: Message & { type: "entry.committed" }, effects: readonly Effect[]) =>
    turn(decisionsActor, second, entry, effects, effectId(workflowActor, proposed.seq, 0));
  const committed = (entry: (Message & { type: "entry.committed" })["entry"]) =>
    ({ type: "entry.committed", entry, term: 1, index: 1, leader: 1 }) as const;
  const told = send(workflowActor, { type: "decision.settled", outcome: outcomeOf("d") });
  const truth = committed({ type: "decision.graded", decision: "d", truth: "no", replyTo: workflowActor });
  const begun = commit(2, committed(opened), []);

  test("is told to the number, once, and its counted ballots are graded once", () => {
    expect(
      measured(
        proposed,
        begun,
        // Told again after a resume, it began when it was told first.
        commit(3, committed(opened), []),
        commit(6, committed({ type: "decision.closed", decision: "d", reason: "deadline" }), [told, told]),
        commit(7, truth, []),
        commit(8, truth, []),
      ),
    ).toEqual([
      "swarm_raft_proposals_total committed = 1",
      "swarm_decisions_total majority settled run = 1",
      "swarm_decision_duration_seconds majority settled of r = 4",
      "swarm_decision_margin_ratio  = 0.5",
      "swarm_ballots_total counted = 1",
      "swarm_ballot_confidence_ratio  = 0.9",
      "swarm_ballots_total abstained = 1",
      "ann 0.9 wrong",
    ]);
  });

  test("without a winner says why", () => {
    const outcome = { ...outcomeOf("d"), settled: false, reason: "tie" } as const;
    expect(
      measured(
        begun,
        commit(6, committed(opened), [send(workflowActor, { type: "decision.settled", outcome })]),
      ),
    ).toContain("swarm_decisions_total majority tie run = 1");
  });
});

function decisionOf(decision: string) {
  return {
    decision,
    question: "q",
    options: ["yes", "no"],
    domain: "x",
    electorate: [],
    rule: "majority",
    tier: "routine",
    thresholdPpm: 0,
    replyTo: workflowActor,
  } as const;
}

function outcomeOf(decision: string): Outcome {
  const ballot = { option: "yes", confidencePpm: 900_000, weight: 3, status: "counted" } as const;
  return {
    decision,
    settled: true,
    option: "yes",
    sharePpm: 750_000,
    confidencePpm: 800_000,
    tally: [
      { option: "yes", weight: 3, heads: 3 },
      { option: "no", weight: 1, heads: 1 },
    ],
    ballots: [
      { ...ballot, voter: "ann" },
      { ...ballot, voter: "bob", option: null, status: "abstained" },
    ] as unknown as Outcome["ballots"],
    term: 1,
    index: 1,
    leader: 1,
  };
}
