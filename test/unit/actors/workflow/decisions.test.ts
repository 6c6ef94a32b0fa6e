import { describe, expect, test } from "vitest";
import { chartBehaviour } from "../../../../actors/runtime/cell.ts";
import { workflowMachine } from "../../../../actors/workflow/machine.ts";
import type { PlanStep } from "../../../../actors/workflow/plan.ts";
import type {
  CountedBallot,
  Outcome,
  RoundOpened,
} from "../../../../coordination/protocol/decision-messages.ts";
import type { Effect } from "../../../../coordination/protocol/effect.ts";
import { agentActor, effectId, runId, workflowActor } from "../../../../coordination/protocol/ids.ts";
import type { Message } from "../../../../coordination/protocol/message.ts";
import { decide, planOf } from "../../../support/plans.ts";

/** A workflow that has begun. */
const begun = (steps: readonly PlanStep[]) => {
  const machine = workflowMachine({
    run: runId("r"),
    plan: planOf(steps, { outputs: { d: { type: "value", value: "${{ steps.d }}" } } }),
    modelKeys: {},
  });
  const cell = chartBehaviour(machine).spawn(workflowActor);
  cell.tell({ type: "run.started" });
  return cell;
};
const ballot = (voter: string, more: Partial<CountedBallot> = {}): CountedBallot => ({
  voter,
  status: "counted",
  option: "yes",
  confidencePpm: 900_000,
  calibratedPpm: 0,
  abilityPpm: 0,
  trustPpm: 0,
  weight: 1,
  shareWeight: 1,
  ...more,
});
const outcome = (more: Partial<Outcome> = {}): Outcome => ({
  decision: "d",
  settled: true,
  option: "yes",
  sharePpm: 1,
  confidencePpm: 1,
  tally: [
    { option: "yes", weight: 1, heads: 1 },
    { option: "no", weight: 1, heads: 1 },
  ],
  ballots: [
    ballot("ann"),
    ballot("bob", { option: "no" }),
    ballot("cid", { status: "void", option: "maybe" }),
  ],
  term: 1,
  index: 9,
  leader: 1,
  ...more,
});
const settled = (more: Partial<Outcome> = {}): Message => ({
  type: "decision.settled",
  outcome: outcome(more),
});
const opens = (
  kind: RoundOpened["kind"],
  reason: Outcome["reason"] = "below-threshold",
  round = 1,
): Message => ({
  type: "round.opened",
  decision: "d",
  round,
  kind,
  outcome: outcome({ settled: false, ...(reason === undefined ? {} : { reason }) }),
});
const types = (effects: readonly Effect[]) => effects.map(({ type }) => type);
const told = (effects: readonly Effect[]) =>
  effects.flatMap((effect) =>
    effect.type === "send" && effect.body.type === "task.assigned" ? [effect.body.round] : [],
  );
const outputOf = (effects: readonly Effect[]) =>
  effects.flatMap((effect) => (effect.type === "endRun" ? [effect.outputs["d"]] : []))[0];

test("a re-vote tells that it was a tie and nothing else, a debate who voted what", () => {
  const all = [decide("d")];
  expect(told(begun(all).tell(opens("revote", "tie")))[0]).toEqual({
    round: 1,
    kind: "revote",
    tied: ["yes", "no"],
    ballots: [],
  });
  expect(told(begun(all).tell(opens("debate")))[0]).toMatchObject({
    tied: [],
    ballots: [
      { agent: "ann", option: "yes" },
      { agent: "bob", option: "no" },
      // A void ballot is no vote for what nobody offered.
      { agent: "cid", option: null },
    ],
  });
});

test("of a tie only those are told that are level in weight and heads", () => {
  const tally = [
    { option: "yes", weight: 2, heads: 2 },
    { option: "no", weight: 2, heads: 2 },
    { option: "later", weight: 2, heads: 1 },
  ];
  const tie: RoundOpened = {
    type: "round.opened",
    decision: "d",
    round: 1,
    kind: "revote",
    outcome: outcome({ settled: false, reason: "tie", tally }),
  };
  expect(told(begun([decide("d")]).tell(tie))[0]).toMatchObject({ tied: ["yes", "no"] });
});

test("a decision is opened with who votes by which model and who rules, and put with its urgency", () => {
  const step = decide("d", {
    voters: ["ann"],
    rule: "ranked",
    escalate: "judge",
    judge: "bob",
    urgency: { priority: 3 },
    reasons: true,
  });
  const machine = workflowMachine({
    run: runId("r"),
    plan: planOf([step]),
    modelKeys: { m: "sha256:m" },
  });
  expect(chartBehaviour(machine).spawn(workflowActor).tell({ type: "run.started" })).toMatchObject([
    {
      type: "propose",
      entry: {
        electorate: [{ agent: "ann", actor: "agent/ann/d", model: "sha256:m" }],
        escalate: "judge",
        judge: { agent: "bob", actor: "agent/bob/d", model: "sha256:m" },
      },
    },
    { type: "send", to: "agent/ann/d", body: { ballot: "ranking", reason: true, urgency: { priority: 3 } } },
    { type: "startTimer", timer: "deadline d" },
  ]);
});

test("what a decision leaves tells a winner only where it settled, and else a recommendation", () => {
  const unsettled = { settled: false, reason: "below-threshold" } as const;
  const [first] = [outputOf(begun([decide("d")]).tell(settled()))];
  expect(first).toMatchObject({ winner: "yes", recommendation: "yes", rounds: 1, truth: null, right: null });
  const earlier = [{ kind: "first", option: null, sharePpm: 0, confidencePpm: 0, ballots: [] }] as const;
  const [second] = [outputOf(begun([decide("d")]).tell(settled({ ...unsettled, earlier })))];
  expect(second).toMatchObject({ output: null, winner: null, recommendation: "yes", rounds: 2, right: null });
});

test.each<[string, Partial<Outcome>, boolean | null]>([
  ["right where the winner is the truth", {}, true],
  ["wrong where it is not", { option: "no" }, false],
  ["neither where there is no winner", { settled: false, reason: "below-threshold" }, null],
])("a decision whose truth is known is %s", (_, more, right) => {
  const cell = begun([decide("d", { truth: "yes" })]);
  cell.tell(settled(more));
  expect(outputOf(cell.tell({ type: "truth.recorded", decision: "d" }))).toMatchObject({
    truth: "yes",
    right,
  });
});

test("a truth that says nothing is none", () => {
  expect(outputOf(begun([decide("d", { truth: "${{ '' }}" })]).tell(settled()))).toMatchObject({
    truth: null,
  });
});

test("a decision without a recommendation that fails the run recommends nothing", () => {
  const votes = { settled: false, option: null, reason: "all-abstain" } as const;
  expect(
    begun([decide("d", { escalate: "fail" })])
      .tell(settled(votes))
      .at(-1),
  ).toMatchObject({
    type: "endRun",
    message: "step d did not settle: all-abstain",
  });
});

test("a run tells that a decision did not settle also if more is done after it", () => {
  const cell = begun([decide("d"), decide("e")]);
  cell.tell(settled({ settled: false, reason: "below-threshold" }));
  expect(cell.tell(settled({ decision: "e" })).at(-1)).toMatchObject({
    type: "endRun",
    outcome: "not-settled",
  });
});

test("an agent that fails in a later round abstains in that round", () => {
  const cell = begun([decide("d")]);
  cell.tell(opens("debate"));
  const to = agentActor("ann", "d");
  const id = effectId(workflowActor, 1, 0);
  expect(
    cell.tell({ type: "delivery.failed", id, to, code: "NO_SUCH_ACTOR", message: "gone" }),
  ).toMatchObject([
    { type: "propose", entry: { type: "ballot.cast", voter: "ann", option: null, round: 1 } },
  ]);
});

test("an escalation to failure leaves a decision alone that settles", () => {
  expect(begun([decide("d", { escalate: "fail" })]).tell(settled())).toMatchObject([
    { type: "cancelTimer" },
    { type: "endRun", outcome: "done" },
  ]);
});

test("a ruling decides, and what the votes recommend stays what it was", () => {
  const ruling = { by: "person", option: "no", recommended: "yes" } as const;
  const [output] = [outputOf(begun([decide("d")]).tell(settled({ option: "no", ruling })))];
  expect(output).toMatchObject({
    winner: "no",
    recommendation: "yes",
    ruling: { by: "person", option: "no" },
  });
});

describe("a command tells the truth", () => {
  const check = { command: ["test"], passed: "yes", failed: "no", timeoutMs: 1, cwd: "/" };
  test("that runs as the task says", () => {
    const command = ["test", "${{ 1 + 1 }}"];
    expect(
      begun([decide("d", { check: { ...check, command } })])
        .tell(settled())
        .at(-1),
    ).toEqual({
      type: "runCommand",
      request: "d",
      command: ["test", "2"],
      cwd: "/",
      timeoutMs: 1,
    });
  });

  test.each([
    [0, "yes"],
    [1, "no"],
    [null, null],
  ])("by its exit code: %s says %s", (exit, truth) => {
    const cell = begun([decide("d", { check })]);
    cell.tell(settled());
    const effects = cell.tell({ type: "command.completed", request: "d", exit, output: "" });
    const graded = effects.flatMap((effect) => (effect.type === "propose" ? [effect.entry] : []));
    expect(graded).toMatchObject(truth === null ? [] : [{ type: "decision.graded", truth }]);
    expect(types(effects)).toEqual([truth === null ? "endRun" : "propose"]);
  });
});

describe("a run in which a decision waits for a person", () => {
  const ask: PlanStep = { id: "a", type: "ask", agent: "ann", prompt: "p" };
  const both = (other: PlanStep): readonly PlanStep[] => [
    { id: "p", type: "parallel", steps: [decide("d"), other] },
  ];
  const person: Message = { ...(opens("person") as RoundOpened), decision: "p/d" };

  test("goes on while anything else is worked on, and lets go once nothing is", () => {
    const check = { command: ["test"], passed: "yes", failed: "no", timeoutMs: 1, cwd: "/" };
    const cell = begun(both(decide("e", { check })));
    expect(types(cell.tell(person))).toEqual(["cancelTimer"]);
    expect(types(cell.tell(settled({ decision: "p/e" })))).toEqual(["cancelTimer", "runCommand"]);
    expect(types(cell.tell({ type: "command.completed", request: "p/e", exit: 0, output: "" }))).toEqual([
      "propose",
    ]);
    expect(cell.tell({ type: "truth.recorded", decision: "p/e" })).toEqual([
      { type: "suspend", decisions: ["p/d"] },
    ]);
  });

  test("takes no late news of a voter for a vote, and waits on", () => {
    const cell = begun([decide("d")]);
    cell.tell(opens("person"));
    const to = agentActor("ann", "d");
    const id = effectId(workflowActor, 1, 0);
    const late: Message = { type: "delivery.failed", id, to, code: "STEP_FAILED", message: "it broke" };
    expect(cell.tell(late)).toEqual([{ type: "suspend", decisions: ["d"] }]);
    expect(cell.tell({ type: "task.failed", step: "d", code: "BUDGET_SPENT", message: "late" })).toEqual([
      { type: "suspend", decisions: ["d"] },
    ]);
  });

  test("ends and does not wait where its time is up", () => {
    const machine = workflowMachine({
      run: runId("r"),
      plan: planOf([decide("d")], { budget: { wallMs: 5 } }),
      modelKeys: {},
    });
    const cell = chartBehaviour(machine).spawn(workflowActor);
    const [timer] = cell.tell({ type: "run.started" });
    // The time in which no process drives the run is not spent.
    expect(timer).toEqual({ type: "startTimer", timer: "wall budget", ms: 5, clock: "process" });
    cell.tell(opens("person"));
    expect(types(cell.tell({ type: "timer.fired", timer: "wall budget" }))).toEqual(["endRun"]);
  });

  test.each([
    ["INFERENCE_FAILED", "failed", 1],
    ["BUDGET_SPENT", "budget-spent", 4],
  ] as const)("ends and does not wait where a step ends it by %s", (code, ending, exit) => {
    const cell = begun(both(ask));
    cell.tell(person);
    expect(cell.tell({ type: "task.failed", step: "p/a", code, message: "why" })).toMatchObject([
      { type: "endRun", outcome: ending, exit },
    ]);
  });
});

test("a step within two maps sees the steps and items of both, and what came before them", () => {
  const inner: PlanStep = {
    id: "y",
    type: "ask",
    agent: "ann",
    prompt: "${{ steps.x.output }} ${{ steps.d.winner }} ${{ o }} ${{ i }}",
  };
  const x: PlanStep = { id: "x", type: "ask", agent: "ann", prompt: "x" };
  const over = (id: string, as: string, items: string, steps: readonly PlanStep[]): PlanStep => ({
    id,
    type: "map",
    over: `\${{ ${items} }}`,
    as,
    concurrency: 1,
    steps,
  });
  const cell = begun([decide("d"), over("m", "o", "['O']", [x, over("n", "i", "['I']", [inner])])]);
  cell.tell(settled());
  const answer = { text: "X", usage: { promptTokens: 1, outputTokens: 1 } };
  expect(cell.tell({ type: "task.completed", step: "m[0]/x", answer })).toMatchObject([
    { type: "send", to: "agent/ann/m[0]/n[0]/y", body: { prompt: "X yes O I" } },
  ]);
});
