import { expect, test } from "vitest";
import { chartBehaviour } from "../../../../actors/runtime/cell.ts";
import { workflowMachine } from "../../../../actors/workflow/machine.ts";
import type { PlanStep } from "../../../../actors/workflow/plan.ts";
import { progressOf } from "../../../../actors/workflow/progress.ts";
import type { Effect } from "../../../../coordination/protocol/effect.ts";
import { runId, workflowActor } from "../../../../coordination/protocol/ids.ts";
import type { Message } from "../../../../coordination/protocol/message.ts";
import { decide, planOf } from "../../../support/plans.ts";

/** A workflow that has begun, and the steps that its first turn put to agents. */
const begun = (steps: readonly PlanStep[], output = "${{ steps.m.output }}") => {
  const plan = planOf(steps, { outputs: { o: { type: "value", value: output } } });
  const cell = chartBehaviour(workflowMachine({ run: runId("r"), plan, modelKeys: {} })).spawn(workflowActor);
  const tell = (message: Message) => cell.tell(message);
  return { first: begins(tell({ type: "run.started" })), tell, snapshot: () => cell.snapshot() };
};
/** The paths of the steps that were put to agents. */
const begins = (effects: readonly Effect[]): readonly string[] =>
  effects.flatMap((effect) =>
    effect.type === "send" && effect.body.type === "task.assigned" ? [effect.body.step] : [],
  );
const outputOf = (effects: readonly Effect[]) =>
  effects.flatMap((effect) => (effect.type === "endRun" ? [effect.outputs["o"]] : []))[0];

const over = (id: string, list: string, steps: readonly PlanStep[], concurrency = 1): PlanStep => ({
  id,
  type: "map",
  over: list,
  as: `${id}Item`,
  concurrency,
  steps,
});
const ask = (id: string): PlanStep => ({ id, type: "ask", agent: "ann", prompt: id });
const vote = (id: string): PlanStep => decide(id, { voters: ["ann"], escalate: "human" });
const parallel = (id: string, ...steps: readonly PlanStep[]): PlanStep => ({ id, type: "parallel", steps });
const answered = (step: string): Message => ({
  type: "task.completed",
  step,
  answer: { text: step, usage: { promptTokens: 1, outputTokens: 1 } },
});
const forPerson = (decision: string): Message => ({
  type: "round.opened",
  decision,
  round: 1,
  kind: "person",
  outcome: {
    decision,
    settled: false,
    option: null,
    reason: "tie",
    sharePpm: 0,
    confidencePpm: 0,
    tally: [],
    ballots: [],
    term: 1,
    index: 1,
    leader: 1,
  },
});

test("an item makes room once, however many of its decisions wait for a person", () => {
  const { first, tell } = begun([over("m", "${{ [1, 2, 3] }}", [parallel("p", vote("d"), vote("e"))])]);
  expect(first).toEqual(["m[0]/p/d", "m[0]/p/e"]);
  expect(begins(tell(forPerson("m[0]/p/d")))).toEqual(["m[1]/p/d", "m[1]/p/e"]);
  expect(begins(tell(forPerson("m[0]/p/e")))).toEqual([]);
});

test("each item of a map within a map that waits for a person makes room", () => {
  const { first, tell } = begun([over("m", "${{ [1] }}", [over("n", "${{ [1, 2, 3] }}", [vote("d")])])]);
  expect(first).toEqual(["m[0]/n[0]/d"]);
  expect(begins(tell(forPerson("m[0]/n[0]/d")))).toEqual(["m[0]/n[1]/d"]);
  expect(begins(tell(forPerson("m[0]/n[1]/d")))).toEqual(["m[0]/n[2]/d"]);
});

test("who waits in one map makes no room in another whose name begins alike", () => {
  const list = "${{ [1, 2, 3] }}";
  const { first, tell } = begun([
    parallel("p", over("m", list, [ask("a")]), over("more", list, [vote("d")])),
  ]);
  expect(first).toEqual(["p/m[0]/a", "p/more[0]/d"]);
  expect(begins(tell(forPerson("p/more[0]/d")))).toEqual(["p/more[1]/d"]);
  expect(begins(tell(answered("p/m[0]/a")))).toEqual(["p/m[1]/a"]);
});

test("the word of a person on one decision leaves the others waiting", () => {
  const { tell } = begun([parallel("p", vote("d"), vote("e"))]);
  tell(forPerson("p/d"));
  expect(tell(forPerson("p/e")).at(-1)).toEqual({ type: "suspend", decisions: ["p/d", "p/e"] });
  tell({ type: "person.ruled", decision: "p/d", option: "yes" });
  const { outcome } = forPerson("p/d") as Extract<Message, { type: "round.opened" }>;
  const settled: Message = {
    type: "decision.settled",
    outcome: { ...outcome, settled: true, option: "yes" },
  };
  expect(tell(settled).at(-1)).toEqual({ type: "suspend", decisions: ["p/e"] });
});

test("the output of an item is that of its last step", () => {
  const { tell } = begun([over("m", "${{ [1] }}", [ask("a"), ask("b")])]);
  tell(answered("m[0]/a"));
  expect(outputOf(tell(answered("m[0]/b")))).toEqual(["m[0]/b"]);
});

test("a map that is done is no progress any more, and its items leave nothing but their results", () => {
  const none = over("none", "${{ [] }}", [ask("a")]);
  const { tell, snapshot } = begun([
    none,
    parallel("p", over("gone", "${{ [] }}", [ask("a")]), parallel("q", none)),
    over("m", "${{ [1, 2, 3] }}", [ask("a")]),
  ]);
  expect(progressOf(snapshot())).toEqual([{ step: "m", size: 3, started: 1, finished: 0 }]);
  tell(answered("m[0]/a"));
  tell(answered("m[1]/a"));
  expect(Object.keys((snapshot() as { context: { frames: object } }).context.frames).toSorted()).toEqual([
    "",
    "m",
    "m[2]",
    "m[2]/a",
  ]);
});
