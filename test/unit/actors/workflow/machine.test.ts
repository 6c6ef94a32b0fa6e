import { expect, test } from "vitest";
import { chartBehaviour } from "../../../../actors/runtime/cell.ts";
import { workflowMachine } from "../../../../actors/workflow/machine.ts";
import type { PlanStep, RunPlan } from "../../../../actors/workflow/plan.ts";
import { progressOf } from "../../../../actors/workflow/progress.ts";
import type { Outcome } from "../../../../coordination/protocol/decision-messages.ts";
import type { Effect } from "../../../../coordination/protocol/effect.ts";
import { agentActor, effectId, runId, workflowActor } from "../../../../coordination/protocol/ids.ts";
import type { Message } from "../../../../coordination/protocol/message.ts";
import { decide, planOf } from "../../../support/plans.ts";

const cellOf = (plan: RunPlan) =>
  chartBehaviour(workflowMachine({ run: runId("r"), plan, modelKeys: {} })).spawn(workflowActor);
const usage = { promptTokens: 1, outputTokens: 1 };
const completed = (step: string, text: string): Message => ({
  type: "task.completed",
  step,
  answer: { text, usage },
});
const outcome = (decision: string, more: Partial<Outcome> = {}): Message => ({
  type: "decision.settled",
  outcome: {
    decision,
    settled: true,
    option: "yes",
    sharePpm: 900_000,
    confidencePpm: 800_000,
    tally: [],
    ballots: [],
    term: 1,
    index: 9,
    leader: 1,
    ...more,
  },
});
const ask = (id: string, prompt = id, agent = "ann"): PlanStep => ({ id, type: "ask", agent, prompt });
const sent = (effects: readonly Effect[]) =>
  effects.flatMap((effect) =>
    effect.type === "send" && effect.body.type === "task.assigned"
      ? [`${effect.to}: ${effect.body.prompt}`]
      : [],
  );
const ending = (effects: readonly Effect[]) => effects.find((effect) => effect.type === "endRun");

test("steps run one after another, and a later one sees what an earlier one brought", () => {
  const cell = cellOf(
    planOf([ask("a"), ask("b", "after ${{ steps.a.output }}")], {
      outputs: { o: { type: "value", value: "${{ steps.b.text }}!" } },
    }),
  );
  expect(sent(cell.tell({ type: "run.started" }))).toEqual(["agent/ann/a: a"]);
  expect(sent(cell.tell(completed("a", "first")))).toEqual(["agent/ann/b: after first"]);
  expect(cell.tell(completed("b", "second"))).toEqual([
    { type: "endRun", outcome: "done", exit: 0, outputs: { o: "second!" } },
  ]);
  expect(cell.situation()).toBe("ended");
});

test("a step whose condition is false is passed over, and leaves null", () => {
  const skipped = { ...ask("a"), if: "${{ 1 > 2 }}" };
  const cell = cellOf(planOf([skipped], { outputs: { o: { type: "value", value: "${{ steps.a }}" } } }));
  expect(ending(cell.tell({ type: "run.started" }))).toMatchObject({ outcome: "done", outputs: { o: null } });
});

test("branches run side by side, and can be named from outside", () => {
  const parallel: PlanStep = { id: "p", type: "parallel", steps: [ask("a"), ask("b", "b", "bob")] };
  const cell = cellOf(
    planOf([parallel], {
      outputs: { o: { type: "value", value: ["${{ steps.b.output }}", "${{ steps.p.output.a }}"] } },
    }),
  );
  expect(sent(cell.tell({ type: "run.started" }))).toEqual(["agent/ann/p/a: a", "agent/bob/p/b: b"]);
  expect(cell.tell(completed("p/b", "B"))).toEqual([]);
  expect(ending(cell.tell(completed("p/a", "A")))).toMatchObject({ outputs: { o: ["B", "A"] } });
});

test("who looks before the first turn of a workflow sees no maps", () => {
  expect(progressOf(null)).toEqual([]);
});

test("branches of a branch can be named from outside, too", () => {
  const inner: PlanStep = { id: "q", type: "parallel", steps: [ask("a"), ask("b", "b", "bob")] };
  const parallel: PlanStep = { id: "p", type: "parallel", steps: [inner] };
  const outputs = {
    o: { type: "value", value: ["${{ steps.a.output }}", "${{ steps.q.output.b }}"] },
  } as const;
  const cell = cellOf(planOf([parallel], { outputs }));
  cell.tell({ type: "run.started" });
  cell.tell(completed("p/q/b", "B"));
  expect(ending(cell.tell(completed("p/q/a", "A")))).toMatchObject({ outputs: { o: ["A", "B"] } });
});

const mapOver = (list: string, steps: readonly PlanStep[], concurrency = 2): PlanStep => ({
  id: "m",
  type: "map",
  over: list,
  as: "it",
  concurrency,
  steps,
});

test("a map keeps a window of items, and gives their results in the order of the list", () => {
  const cell = cellOf(
    planOf([mapOver("${{ ['x', 'y', 'z'] }}", [ask("a", "${{ it }}${{ index }}")])], {
      outputs: { o: { type: "value", value: "${{ steps.m.output }}" } },
    }),
  );
  expect(sent(cell.tell({ type: "run.started" }))).toEqual(["agent/ann/m[0]/a: x0", "agent/ann/m[1]/a: y1"]);
  expect(sent(cell.tell(completed("m[1]/a", "Y")))).toEqual(["agent/ann/m[2]/a: z2"]);
  expect(progressOf(cell.snapshot())).toEqual([{ step: "m", size: 3, started: 3, finished: 1 }]);
  cell.tell(completed("m[2]/a", "Z"));
  expect(ending(cell.tell(completed("m[0]/a", "X")))).toMatchObject({ outputs: { o: ["X", "Y", "Z"] } });
});

test("a map over nothing, and a map whose items are all passed over, are done at once", () => {
  const none = mapOver("${{ [] }}", [ask("a")]);
  const skipped = { ...mapOver("${{ inputs.n }}", [{ ...ask("a"), if: "${{ false }}" }]), id: "s" };
  const inputs = { n: { type: "value", value: Array.from({ length: 20_000 }, (_, i) => i) } } as const;
  const cell = cellOf(
    planOf([none, skipped], { inputs, outputs: { o: { type: "value", value: "${{ steps.s.count }}" } } }),
  );
  expect(ending(cell.tell({ type: "run.started" }))).toMatchObject({
    outcome: "done",
    outputs: { o: 20_000 },
  });
});

const groupOver = (list: string, by = "${{ it }}"): PlanStep => ({
  id: "m",
  type: "group",
  over: list,
  as: "it",
  by,
  order: [],
});

test.each([
  ["map", mapOver("${{ inputs.gone }}", [ask("a")]), "count"],
  ["group", groupOver("${{ inputs.gone }}"), "total"],
])("a %s over what is not there is over an empty list", (_, step, counts) => {
  const outputs = { o: { type: "value", value: `\${{ steps.m.${counts} }}` } } as const;
  const cell = cellOf(planOf([step], { outputs }));
  expect(ending(cell.tell({ type: "run.started" }))).toMatchObject({ outcome: "done", outputs: { o: 0 } });
});

const noLists = [
  [{ type: "file", path: "x.log", text: "a" }, "an object"],
  [{ type: "text", text: "a" }, "a text"],
  [{ type: "value", value: 5 }, "the number 5"],
  [{ type: "value", value: false }, "false"],
] as const;

test.each(
  noLists.flatMap(([input, got]) => [
    { input, got, step: mapOver("${{ inputs.i }}", [ask("a")]), kind: "map" },
    { input, got, step: groupOver("${{ inputs.i }}"), kind: "group" },
  ]),
)("a $kind over $got fails the run and says which step got what", ({ input, got, step, kind }) => {
  const cell = cellOf(planOf([step], { inputs: { i: input } }));
  expect(ending(cell.tell({ type: "run.started" }))).toMatchObject({
    outcome: "failed",
    exit: 1,
    message: `step m: a ${kind} goes over a list, and ${got} is no list`,
  });
});

test("maps nest, and each level sees the items around it", () => {
  const inner: PlanStep = {
    id: "n",
    type: "map",
    over: "${{ it }}",
    as: "jt",
    concurrency: 9,
    steps: [ask("a", "${{ jt }} of ${{ len(it) }}")],
  };
  const cell = cellOf(
    planOf([mapOver("${{ [[1], [2, 3]] }}", [inner], 1)], {
      outputs: { o: { type: "value", value: "${{ steps.m.output }}" } },
    }),
  );
  expect(sent(cell.tell({ type: "run.started" }))).toEqual(["agent/ann/m[0]/n[0]/a: 1 of 1"]);
  expect(sent(cell.tell(completed("m[0]/n[0]/a", "A")))).toEqual([
    "agent/ann/m[1]/n[0]/a: 2 of 2",
    "agent/ann/m[1]/n[1]/a: 3 of 2",
  ]);
  cell.tell(completed("m[1]/n[0]/a", "B"));
  expect(ending(cell.tell(completed("m[1]/n[1]/a", "C")))).toMatchObject({
    outputs: { o: [["A"], ["B", "C"]] },
  });
});

test("a decision is opened, put to its voters and given a deadline", () => {
  const cell = cellOf(planOf([decide("v", { evidence: "It works." })]));
  const effects = cell.tell({ type: "run.started" });
  expect(effects[0]).toMatchObject({
    type: "propose",
    entry: {
      type: "decision.opened",
      decision: "v",
      electorate: [{ agent: "ann" }, { agent: "bob" }, { agent: "cid" }],
    },
  });
  expect(effects[1]).toMatchObject({
    type: "send",
    body: { decision: "v", question: "Which?", prompt: "It works.", options: ["yes", "no"] },
  });
  expect(effects.at(-1)).toEqual({ type: "startTimer", timer: "deadline v", ms: 300_000, clock: "process" });
  expect(cell.tell(outcome("v"))).toEqual([
    { type: "cancelTimer", timer: "deadline v" },
    { type: "endRun", outcome: "done", exit: 0, outputs: {} },
  ]);
});

test("an unsettled decision is told by the exit code, but not inside a map", () => {
  const unsettled = { settled: false, reason: "tie" } as const;
  const plain = cellOf(
    planOf([decide("v")], { outputs: { o: { type: "value", value: "${{ steps.v.recommendation }}" } } }),
  );
  plain.tell({ type: "run.started" });
  expect(ending(plain.tell(outcome("v", unsettled)))).toMatchObject({
    outcome: "not-settled",
    exit: 3,
    outputs: { o: "yes" },
  });
  const mapped = cellOf(planOf([mapOver("${{ [1] }}", [decide("v")])]));
  mapped.tell({ type: "run.started" });
  expect(ending(mapped.tell(outcome("m[0]/v", unsettled)))).toMatchObject({ outcome: "done", exit: 0 });
});

test("a step that knows the truth waits until that is on record", () => {
  const output = { o: { type: "value", value: "${{ steps.v.right }}" } } as const;
  const cell = cellOf(
    planOf([decide("v", { truth: "${{ inputs.gold }}" })], {
      inputs: { gold: { type: "text", text: "no" } },
      outputs: output,
    }),
  );
  cell.tell({ type: "run.started" });
  expect(cell.tell(outcome("v"))).toEqual([
    { type: "cancelTimer", timer: "deadline v" },
    {
      type: "propose",
      entry: { type: "decision.graded", decision: "v", truth: "no", replyTo: workflowActor },
    },
  ]);
  // What comes late about a decision that is over fails nothing.
  expect(cell.tell({ type: "task.failed", step: "v", code: "INFERENCE_FAILED", message: "late" })).toEqual(
    [],
  );
  expect(cell.tell(outcome("v"))).toEqual([]);
  expect(ending(cell.tell({ type: "truth.recorded", decision: "v" }))).toMatchObject({
    outputs: { o: false },
  });
});

test.each([
  ["is absent", ""],
  ["is none of the options", "perhaps"],
])("a truth that %s grades nothing", (_, gold) => {
  const cell = cellOf(
    planOf([decide("v", { truth: "${{ inputs.gold }}" })], {
      inputs: { gold: { type: "text", text: gold } },
    }),
  );
  cell.tell({ type: "run.started" });
  expect(ending(cell.tell(outcome("v")))).toMatchObject({ outcome: "done" });
});

test("at its deadline a decision is closed by an entry", () => {
  const cell = cellOf(planOf([decide("v")]));
  cell.tell({ type: "run.started" });
  expect(cell.tell({ type: "timer.fired", timer: "deadline v" })).toEqual([
    { type: "propose", entry: { type: "decision.closed", decision: "v", reason: "deadline" } },
  ]);
});

test("a voter that breaks abstains; an agent that breaks fails its step", () => {
  const failed = (to: string): Message => ({
    type: "delivery.failed",
    id: effectId(workflowActor, 0, 1),
    to: agentActor("bob", to),
    code: "STEP_FAILED",
    message: "oh",
  });
  const cell = cellOf(planOf([decide("v")]));
  cell.tell({ type: "run.started" });
  expect(cell.tell(failed("v"))).toEqual([
    {
      type: "propose",
      entry: { type: "ballot.cast", decision: "v", voter: "bob", option: null, onBehalf: true, reason: "oh" },
    },
  ]);
  const asking = cellOf(planOf([ask("a", "a", "bob")]));
  asking.tell({ type: "run.started" });
  expect(ending(asking.tell(failed("a")))).toMatchObject({
    outcome: "failed",
    exit: 1,
    message: "step a: oh",
  });
});

test("an agent that breaks within a map fails the step of its item", () => {
  const cell = cellOf(planOf([mapOver("${{ [1] }}", [ask("a")])]));
  cell.tell({ type: "run.started" });
  const to = agentActor("ann", "m[0]/a");
  const id = effectId(workflowActor, 0, 0);
  expect(
    ending(cell.tell({ type: "delivery.failed", id, to, code: "STEP_FAILED", message: "oh" })),
  ).toMatchObject({ outcome: "failed", message: "step m[0]/a: oh" });
});

test("an answer to a step that nobody works on changes nothing", () => {
  const cell = cellOf(planOf([ask("a"), ask("b")]));
  cell.tell({ type: "run.started" });
  cell.tell(completed("a", "A"));
  for (const step of ["a", "m[0]/x", ""]) expect(cell.tell(completed(step, "late"))).toEqual([]);
  expect(ending(cell.tell(completed("b", "B")))).toMatchObject({ outcome: "done" });
});

test("a question is put as urgently as its step says", () => {
  const urgency = { priority: 3, deadlineMs: 500 };
  const step: PlanStep = { id: "a", type: "ask", agent: "ann", prompt: "p", options: ["yes", "no"], urgency };
  expect(cellOf(planOf([step])).tell({ type: "run.started" })).toMatchObject([
    { type: "send", body: { options: ["yes", "no"], urgency } },
  ]);
});

test("an answer is its option where it chose one, and its words where it did not", () => {
  const outputs = { o: { type: "value", value: ["${{ steps.a }}", "${{ steps.b }}"] } } as const;
  const cell = cellOf(planOf([ask("a"), ask("b")], { outputs }));
  cell.tell({ type: "run.started" });
  const answer = { text: '"Yes."', choice: "yes", confidence: 0.5, usage };
  cell.tell({ type: "task.completed", step: "a", answer });
  expect(ending(cell.tell(completed("b", "Well.")))).toMatchObject({
    outputs: {
      o: [
        { output: "yes", text: '"Yes."', choice: "yes", confidence: 0.5 },
        { output: "Well.", text: "Well.", choice: null, confidence: null },
      ],
    },
  });
});

test("a spent budget ends the run with its own exit code", () => {
  const cell = cellOf(planOf([ask("a")], { budget: { wallMs: 5 } }));
  expect(cell.tell({ type: "run.started" }).at(-1)).toEqual({
    type: "send",
    to: agentActor("ann", "a"),
    body: expect.anything(),
  });
  expect(ending(cell.tell({ type: "timer.fired", timer: "wall budget" }))).toMatchObject({
    outcome: "budget-spent",
    exit: 4,
  });
});

test.each(["nobody", "constructor"])(
  "what a task's own words get wrong ends the run with a sentence: %s",
  (name) => {
    const cell = cellOf(planOf([ask("a", "x", `\${{ '${name}' }}`)]));
    expect(ending(cell.tell({ type: "run.started" }))).toMatchObject({
      outcome: "failed",
      message: `step a asks "${name}", and there is no such agent`,
    });
  },
);

test.each<readonly [string, Partial<RunPlan>, string]>([
  ["a prompt", { steps: [ask("a", "${{ false + 2 }}")] }, "step a: cannot reckon false + the number 2"],
  [
    "a condition inside",
    { steps: [mapOver("${{ [1] }}", [{ ...ask("a"), if: "${{ 1 < 'x' }}" }])] },
    "step m[0]/a: ",
  ],
  [
    "a group",
    { steps: [groupOver("${{ [1] }}", "${{ it * false }}")] },
    "step m: cannot reckon the number 1 * false",
  ],
  [
    "an output",
    { steps: [groupOver("${{ [] }}")], outputs: { o: { type: "value", value: ["${{ true - 1 }}"] } } },
    "output o: cannot reckon true - the number 1",
  ],
])("what cannot be reckoned is told with its place: %s", (_, { steps = [], ...more }, says) => {
  const end = ending(cellOf(planOf(steps, more)).tell({ type: "run.started" }));
  expect(end).toMatchObject({ outcome: "failed", message: expect.stringContaining(says) });
});

test("groups are gathered by key, filtered, ordered and cut", () => {
  const group: PlanStep = {
    id: "g",
    type: "group",
    over: "${{ ['b', 'a', 'c', 'a', 'b', 'a', 'x'] }}",
    as: "item",
    where: "${{ item != 'x' }}",
    by: "${{ item }}",
    order: [{ by: "${{ group.count }}", direction: "desc" }],
    take: 2,
  };
  const cell = cellOf(planOf([group], { outputs: { o: { type: "value", value: "${{ steps.g }}" } } }));
  expect(ending(cell.tell({ type: "run.started" }))).toMatchObject({
    outputs: {
      o: {
        total: 3,
        groups: [
          { rank: 1, key: "a", count: 3, first: "a" },
          { rank: 2, key: "b", count: 2 },
        ],
      },
    },
  });
});

test("groups that are level by the first order stand by the second, and an empty item is not kept", () => {
  const group: PlanStep = {
    id: "g",
    type: "group",
    over: "${{ [['c'], ['c'], [], ['a'], ['b']] }}",
    as: "item",
    where: "${{ item }}",
    by: "${{ item[0] }}",
    order: [
      { by: "${{ group.count }}", direction: "asc" },
      { by: "${{ group.key }}", direction: "desc" },
    ],
  };
  const outputs = { o: { type: "value", value: "${{ pluck(steps.g.groups, 'key') }}" } } as const;
  const cell = cellOf(planOf([group], { outputs }));
  expect(ending(cell.tell({ type: "run.started" }))).toMatchObject({ outputs: { o: ["b", "a", "c"] } });
});

test("a snapshot goes on where it was taken", () => {
  const plan = planOf([mapOver("${{ ['x', 'y', 'z'] }}", [ask("a", "${{ it }}")])], {
    outputs: { o: { type: "value", value: "${{ steps.m.output }}" } },
  });
  const behaviour = chartBehaviour(workflowMachine({ run: runId("r"), plan, modelKeys: {} }));
  const cell = behaviour.spawn(workflowActor);
  cell.tell({ type: "run.started" });
  cell.tell(completed("m[0]/a", "X"));
  const copy = behaviour.spawn(workflowActor, JSON.parse(JSON.stringify(cell.snapshot())));
  for (const path of ["m[2]/a", "m[1]/a"])
    expect(copy.tell(completed(path, path))).toEqual(cell.tell(completed(path, path)));
  expect(copy.situation()).toBe("ended");
});

const unsettled = { settled: false, option: "no", reason: "below-threshold" } as const;
const goesOn = (decision: string, kind: "debate" | "judge" | "person", round = 1): Message => {
  const told = outcome(decision, unsettled);
  if (told.type !== "decision.settled") throw new Error("no outcome");
  return { type: "round.opened", decision, round, kind, outcome: told.outcome };
};
const proposed = (effects: readonly Effect[]) =>
  effects.flatMap((effect) => (effect.type === "propose" ? [effect.entry] : []));

test("a decision opens with the quorum that the task wants, and without one where it wants none", () => {
  for (const more of [{ quorum: 3 }, {}]) {
    const [opened] = proposed(cellOf(planOf([decide("d", more)])).tell({ type: "run.started" }));
    expect(opened).toMatchObject({ type: "decision.opened", ...more });
    expect("quorum" in (opened ?? {})).toBe("quorum" in more);
  }
});

test("a debate asks every voter again, a judge alone, and each round has its deadline", () => {
  const plan = planOf([
    decide("d", { voters: ["ann", "bob"], escalate: "judge", judge: "cid", evidence: "facts" }),
  ]);
  const cell = cellOf(plan);
  cell.tell({ type: "run.started" });
  const again = cell.tell(goesOn("d", "debate"));
  expect(sent(again)).toEqual(["agent/ann/d: facts", "agent/bob/d: facts"]);
  expect(again.at(-1)).toMatchObject({ type: "startTimer", timer: "deadline d" });
  expect(proposed(cell.tell({ type: "timer.fired", timer: "deadline d" }))).toEqual([
    { type: "decision.closed", decision: "d", round: 1, reason: "deadline" },
  ]);
  expect(sent(cell.tell(goesOn("d", "judge", 2)))).toEqual(["agent/cid/d: facts"]);
  expect(ending(cell.tell(outcome("d")))).toMatchObject({ outcome: "done" });
});

test("an escalation that fails ends the run at once, and says what the votes recommend", () => {
  const cell = cellOf(planOf([decide("d", { escalate: "fail" }), ask("after")]));
  cell.tell({ type: "run.started" });
  expect(ending(cell.tell(outcome("d", unsettled)))).toEqual({
    type: "endRun",
    outcome: "not-settled",
    exit: 3,
    outputs: {},
    message: "step d did not settle: below-threshold; the votes recommend no",
  });
});

test("the run is let go of only when nothing but people can go on with it", () => {
  const parallel: PlanStep = {
    id: "p",
    type: "parallel",
    steps: [decide("d", { escalate: "human" }), ask("a")],
  };
  const cell = cellOf(
    planOf([parallel], { outputs: { o: { type: "value", value: "${{ steps.d.winner }}" } } }),
  );
  cell.tell({ type: "run.started" });
  expect(cell.tell(goesOn("p/d", "person"))).toEqual([{ type: "cancelTimer", timer: "deadline p/d" }]);
  expect(cell.tell({ type: "timer.fired", timer: "deadline p/d" })).toEqual([]);
  expect(cell.tell(completed("p/a", "A"))).toEqual([{ type: "suspend", decisions: ["p/d"] }]);
  const ruled: Message = { type: "person.ruled", decision: "p/d", option: "no", reason: "mine" };
  expect(cell.tell(ruled)).toEqual([
    { type: "propose", entry: { type: "decision.ruled", decision: "p/d", option: "no", reason: "mine" } },
  ]);
  expect(cell.tell(ruled)).toEqual([]);
  expect(ending(cell.tell(outcome("p/d", { option: "no" })))).toMatchObject({ outputs: { o: "no" } });
});

test("an item that waits for a person makes room in its window", () => {
  const map = mapOver(
    "${{ ['x', 'y', 'z'] }}",
    [decide("d", { voters: ["ann"], question: "${{ it }}", escalate: "human" })],
    1,
  );
  const cell = cellOf(planOf([map]));
  expect(sent(cell.tell({ type: "run.started" }))).toEqual(["agent/ann/m[0]/d: x"]);
  expect(sent(cell.tell(goesOn("m[0]/d", "person")))).toEqual(["agent/ann/m[1]/d: y"]);
  expect(sent(cell.tell(outcome("m[1]/d")))).toEqual(["agent/ann/m[2]/d: z"]);
  expect(cell.tell(outcome("m[2]/d")).at(-1)).toEqual({ type: "suspend", decisions: ["m[0]/d"] });
  cell.tell({ type: "person.ruled", decision: "m[0]/d", option: "yes" });
  expect(ending(cell.tell(outcome("m[0]/d")))).toMatchObject({ outcome: "done" });
});

test("an item of a map within a map that waits for a person makes room in both windows", () => {
  const inner: PlanStep = {
    id: "n",
    type: "map",
    over: "${{ [1] }}",
    as: "jt",
    concurrency: 1,
    steps: [decide("d", { voters: ["ann"], question: "${{ it }}", escalate: "human" })],
  };
  const cell = cellOf(planOf([mapOver("${{ ['x', 'y'] }}", [inner], 1)]));
  expect(sent(cell.tell({ type: "run.started" }))).toEqual(["agent/ann/m[0]/n[0]/d: x"]);
  expect(sent(cell.tell(goesOn("m[0]/n[0]/d", "person")))).toEqual(["agent/ann/m[1]/n[0]/d: y"]);
  expect(cell.tell(goesOn("m[1]/n[0]/d", "person")).at(-1)).toEqual({
    type: "suspend",
    decisions: ["m[0]/n[0]/d", "m[1]/n[0]/d"],
  });
});

test("what a person has ruled on is waited for no longer", () => {
  const cell = cellOf(planOf([decide("d", { escalate: "human" }), decide("e", { escalate: "human" })]));
  cell.tell({ type: "run.started" });
  expect(cell.tell(goesOn("d", "person")).at(-1)).toEqual({ type: "suspend", decisions: ["d"] });
  cell.tell({ type: "person.ruled", decision: "d", option: "no" });
  cell.tell(outcome("d", { option: "no" }));
  expect(cell.tell(goesOn("e", "person")).at(-1)).toEqual({ type: "suspend", decisions: ["e"] });
});

test("a person's word that overtakes the news that it is waited for is not lost", () => {
  const cell = cellOf(planOf([decide("d", { escalate: "human" })]));
  cell.tell({ type: "run.started" });
  expect(proposed(cell.tell({ type: "person.ruled", decision: "d", option: "no" }))).toHaveLength(1);
  expect(cell.tell(goesOn("d", "person"))).toEqual([]);
  expect(ending(cell.tell(outcome("d", { option: "no" })))).toMatchObject({ outcome: "done" });
});
