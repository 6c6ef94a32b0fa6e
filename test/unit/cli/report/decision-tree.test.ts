import { expect, test } from "vitest";
import { decisionSection } from "../../../../cli/report/decision-section.ts";
import { decisionTree } from "../../../../cli/report/decision-tree.ts";
import { byInterest } from "../../../../cli/report/gathered-decisions.ts";
import { markupText } from "../../../../cli/report/markup.ts";
import { explanationOf } from "../../../../cli/explain/explanation.ts";
import { settle } from "../../../../coordination/decision/settle.ts";
import type {
  BallotCast,
  DecisionOpened,
  Outcome,
} from "../../../../coordination/protocol/decision-messages.ts";
import { runId } from "../../../../coordination/protocol/ids.ts";
import { closing } from "../../../property/decision-cases.ts";
import { planOf } from "../../../support/plans.ts";
import { cast, openedWith, team } from "../../coordination/decision/builders.ts";

const settled = (opened: DecisionOpened, ballots: readonly BallotCast[]) => {
  const outcome = settle(closing({ opened, ballots, trust: team, liars: [] }), team);
  const basis = { run: runId("r"), plan: planOf([]), models: {}, trust: team };
  return explanationOf({ opened, answered: [], outcome }, outcome, basis, undefined);
};

const approval = openedWith(["a", "b"], { rule: "approval", options: ["A", "B"] });
const approving = [{ ...cast("a", "A", 0.9), approved: ["A", "B"] }, cast("b", "B", 0.9)];
const drawn = (explanation: ReturnType<typeof settled>): string =>
  markupText(decisionTree(explanation)).replace(/\s+/g, " ");
const bandsIn = (page: string) => Array.from(page.matchAll(/<title> (\w → \w):/g), ([, words]) => words);
/** The band from an option to the outcome: its colour, and where it begins, from 0 to 100. */
const leadIn = (page: string) => /class="band lead (o\d)" d="M0 ([\d.]+)C/.exec(page)?.slice(1);

test("bands lead from a voter to all that its ballot is for", () => {
  expect(bandsIn(drawn(settled(approval, approving)))).toEqual(["a → B", "a → A", "b → B"]);
});

test("who approves of the winner beside another option voted for it, and does not dissent", () => {
  const { opened, outcome } = settled(approval, approving);
  expect(outcome.option).toBe("B");
  const decisions = Array.from({ length: 41 }, () => ({ opened, answered: [], outcome }));
  const page = markupText(
    decisionSection({
      decisions,
      explain: () => undefined,
      approve: () => undefined,
      safe: (text) => text,
    }),
  );
  expect(page).toContain('data-label="votes">2 of 2<');
  const split = openedWith(["a", "b"], { decision: "split", rule: "approval", options: ["A", "B"] });
  const dissenting = settled(split, [cast("a", "A", 0.9), ...approving.slice(1)]);
  const other = { opened: split, answered: [], outcome: { ...dissenting.outcome, option: "B" } };
  expect(byInterest([...decisions, other])[0]).toBe(other);
});

const majority = openedWith(["a", "b", "c"]);
const ballots = [cast("a", "A", 0.9), cast("b", "A", 0.9), cast("c", "B", 0.9)];

test.each<[string, Partial<Outcome>, readonly string[] | undefined]>([
  ["settles it leads from the winner", {}, ["o0", "25.00"]],
  [
    "rules otherwise it leads from what was ruled",
    { option: "B", ruling: { by: "person", option: "B", recommended: "A" } },
    ["o1", "75.00"],
  ],
  ["prefers nothing it leads from nowhere", { settled: false, option: null, reason: "tie" }, undefined],
])("the band to the outcome: where who %s", (_, more, expected) => {
  const explanation = settled(majority, ballots);
  const outcome = { ...explanation.outcome, ...more };
  expect(leadIn(drawn({ ...explanation, outcome }))).toEqual(expected);
});

test("where somebody ruled otherwise, the numbers say of which option they are", () => {
  const explanation = settled(majority, ballots);
  const ruled = (recommended: string) => {
    const ruling = { by: "person", option: "B", recommended } as const;
    return drawn({ ...explanation, outcome: { ...explanation.outcome, option: "B", ruling } });
  };
  expect(ruled("A")).toMatch(/confidence [\d.]+ % of the votes, for A</);
  expect(ruled("B")).not.toContain("of the votes");
});
