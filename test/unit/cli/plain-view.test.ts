import { expect, test } from "vitest";
import { plainView } from "../../../cli/view/live-view.ts";
import { listeningContext } from "./listening-context.ts";

const triage = (finished: number) => ({ step: "triage", size: 38, started: 38, finished });

test("a list is told by tenths, and to its end", () => {
  const { context, said } = listeningContext("/tmp");
  const view = plainView(context.output);
  for (const finished of [0, 1, 20, 21, 37]) view.progress([triage(finished)]);
  view.progress([]);
  view.progress([]);
  expect(said.notes).toEqual(["triage: 0 of 38", "triage: 20 of 38", "triage: 37 of 38", "triage: 38 of 38"]);
});

test("a list that was left in the middle is not told to its end", () => {
  const { context, said } = listeningContext("/tmp");
  const view = plainView(context.output);
  view.progress([triage(20)]);
  view.progress([triage(20)]);
  view.close();
  expect(said.notes).toEqual(["triage: 20 of 38"]);
});

test.each([
  [0.9, "free: yes 90.0 %"],
  [null, "free: yes"],
])("an answer with the confidence %j is told as `%s`", (confidence, expected) => {
  const { context, said } = listeningContext("/tmp");
  plainView(context.output).event({
    type: "step.completed",
    atUs: 1,
    step: "free",
    output: "yes",
    confidence,
  });
  expect(said.notes).toEqual([expected]);
});
