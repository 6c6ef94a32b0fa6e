import { expect, test } from "vitest";
import { decisionSection } from "../../../../cli/report/decision-section.ts";
import { decisionTree } from "../../../../cli/report/decision-tree.ts";
import { byInterest } from "../../../../cli/report/gathered-decisions.ts";
import { markupText } from "../../../../cli/report/markup.ts";
import type {
  BallotCast,
  DecisionOpened,
  Outcome,
} from "../../../../coordination/protocol/decision-messages.ts";
import { explained } from "../../../support/explained.ts";
import { shownIn } from "../../../support/shown.ts";
import { cast, openedWith, team } from "../../coordination/decision/builders.ts";

const settled = (opened: DecisionOpened, ballots: readonly BallotCast[]) =>
  explained({ opened, ballots, trust: team });

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
      ruled: () => undefined,
      isOver: false,
      safe: (text) => text,
    }),
  );
  expect(page).toContain('data-label="votes">2 of 2<');
  const split = openedWith(["a", "b"], { decision: "split", rule: "approval", options: ["A", "B"] });
  const dissenting = settled(split, [cast("a", "A", 0.9), ...approving.slice(1)]);
  const other = { opened: split, answered: [], outcome: { ...dissenting.outcome, option: "B" } };
  expect(byInterest([...decisions, other])[0]).toBe(other);
});

const majority = openedWith(["a", "b", "c"], { rule: "majority" });
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

test("a drawing tells heads, weights and gates, each in its place, and what does not fit", () => {
  const { ballots: counted, outcome, ...rest } = settled(majority, ballots);
  const [first] = counted;
  if (first === undefined) throw new Error("somebody votes");
  const voters = Array.from({ length: 26 }, (_, at) => ({
    ...first,
    voter: `v${at}`,
    // The cap is no part of what was said.
    weight: at === 0 ? 1_000_000 : 500_000,
    shareWeight: 10_000,
  }));
  const gates = [
    { gate: "quorum", needs: "2 present", has: "3 of 3", passed: true },
    { gate: "share", needs: "90.0 %", has: "66.7 %", passed: false },
  ] as const;
  const tally = Array.from({ length: 15 }, (_, at) => ({
    option: `${at === 0 ? "A" : at}`,
    weight: 2_000_000,
    heads: at,
  }));
  const explanation = { ...rest, ballots: voters, gates, outcome: { ...outcome, tally } };
  const page = drawn(explanation);
  expect(Array.from(page.matchAll(/stroke-width="([\d.]+)"/g), ([, width]) => width).slice(0, 2)).toEqual([
    "16.0",
    "8.0",
  ]);
  const shown = shownIn(decisionTree(explanation));
  expect(shown).toContain("v0 A · 90.0 % sure 1 head v1 A · 90.0 % sure 0.5 heads");
  expect(shown).toContain("A 0 votes 2 heads 1 1 vote 2 heads 2 2 votes");
  expect(shown).toContain("quorum has 3 of 3, needs 2 present share shut: has 66.7 %, needs 90.0 %");
  expect(page).toMatch(/<li class="open"> <b>quorum<.*<li class="shut"> <b>share</);
  expect(shown).toContain("2 more voters and 3 more options not drawn");
});

test.each<[string, Partial<Outcome>]>([
  ["settled on A share 66.7 % · confidence 80.0 %", { settled: true, option: "A" }],
  [
    "not settled A share 66.7 % · confidence 80.0 % recommended only: below-threshold",
    { settled: false, option: "A", reason: "below-threshold" },
  ],
  [
    "not settled no winner share 66.7 % · confidence 80.0 % tie",
    { settled: false, option: null, reason: "tie" },
  ],
  [
    "j ruled A",
    { settled: true, option: "A", ruling: { by: "judge", judge: "j", option: "A", recommended: "A" } },
  ],
])("an outcome reads: %s", (words, more) => {
  const { outcome, ...rest } = settled(majority, ballots);
  const told = { ...outcome, sharePpm: 666_700, confidencePpm: 800_000, ...more };
  expect(shownIn(decisionTree({ ...rest, gates: [], outcome: told }))).toContain(
    `The votes only advise: no gates. ${words}`,
  );
});
