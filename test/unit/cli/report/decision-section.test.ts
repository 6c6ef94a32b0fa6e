import { expect, test } from "vitest";
import { decisionSection } from "../../../../cli/report/decision-section.ts";
import { byInterest, gathered } from "../../../../cli/report/gathered-decisions.ts";
import { markupText, type Markup } from "../../../../cli/report/markup.ts";
import type { Explanation } from "../../../../cli/explain/explanation.ts";
import type { Outcome, RoundOpened } from "../../../../coordination/protocol/decision-messages.ts";
import type { RecordedDecision } from "../../../../observability/decisions.ts";
import { explained } from "../../../support/explained.ts";
import { factsIn, shownIn, tableRowsIn } from "../../../support/shown.ts";
import { cast, openedWith, team } from "../../coordination/decision/builders.ts";

const ballots = [cast("a", "A", 0.9), cast("b", "A", 0.9), cast("c", "B", 0.9)];
const basis = explained({ opened: openedWith(["a", "b", "c"]), ballots, trust: team });
const numbers = { sharePpm: 910_000, confidencePpm: 820_000 };

const decided = (decision: string, more: Partial<Outcome> = {}): RecordedDecision => ({
  opened: { ...basis.opened, decision },
  answered: [],
  outcome: { ...basis.outcome, ...numbers, settled: true, option: "A", decision, ...more },
});
const open = (decision: string, answered: readonly string[], round?: RoundOpened): RecordedDecision => ({
  opened: { ...basis.opened, decision },
  answered,
  ...(round === undefined ? {} : { round }),
});

const sectionOf = (
  decisions: readonly RecordedDecision[],
  explain: (decision: RecordedDecision) => Explanation | undefined = () => undefined,
  { ruled, isOver = false }: { readonly ruled?: string; readonly isOver?: boolean } = {},
): Markup =>
  decisionSection({
    decisions,
    explain,
    approve: () => "swarm approve it",
    ruled: () => ruled,
    isOver,
    safe: (text) => text.replace("secret", "safe"),
  });

test("the decisions of a step are told by how many of them settled, did not, and are open, and what came out how often", () => {
  const reason = "tie" as const;
  const section = sectionOf([
    decided("all[0]/vote", { confidencePpm: 100_000 }),
    decided("all[1]/vote", { confidencePpm: 300_000 }),
    decided("all[2]/vote", { option: "B", confidencePpm: 200_000 }),
    decided("all[3]/vote", { settled: false, option: "A", reason, confidencePpm: 900_000 }),
    decided("all[4]/vote", { settled: false, option: null, reason, confidencePpm: 900_000 }),
    open("all[5]/vote", ["a"]),
  ]);
  expect(tableRowsIn(section).slice(0, 2)).toEqual([
    ["step", "decisions", "settled", "not settled", "open", "median confidence", "outcomes"],
    ["all/vote", "6", "3", "2", "1", "30.0 %", "A 2 · B 1"],
  ]);
  const bands = markupText(section).matchAll(/<rect\s+class="(o\d)"\s+x="([\d.]+)%"\s+width="([\d.]+)%"/g);
  expect(Array.from(bands, ([, colour, x, width]) => [colour, x, width])).toEqual([
    ["o0", "0", "33.333"],
    ["o1", "33.333", "16.667"],
  ]);
});

test("of too many steps the others are counted", () => {
  const steps = Array.from({ length: 43 }, (_, at) => [decided(`s${at}[0]`), decided(`s${at}[1]`)]);
  expect(shownIn(sectionOf(steps.flat()))).toContain("3 more steps left out.");
});

test("what is listed alone says how it ended, by which share, how surely and by how many votes", () => {
  const full = Array.from({ length: 40 }, (_, at) => decided(`full${at}`, { settled: false, reason: "tie" }));
  const rows = tableRowsIn(sectionOf([...full, decided("listed"), decided("other", { option: "B" })]));
  expect(rows).toEqual([
    ["decision", "outcome", "share", "confidence", "votes"],
    ["listed", "settled: A", "91.0 %", "82.0 %", "2 of 3"],
    ["other", "settled: B", "91.0 %", "82.0 %", "1 of 3"],
  ]);
});

test("from the fourth decision on they are folded, and what was counted is told", () => {
  const foldedOf = (count: number): number => {
    const page = markupText(sectionOf(Array.from({ length: count }, (_, at) => decided(`d${at}`))));
    return (page.match(/<details class="case"\s*>/g) ?? []).length;
  };
  expect([3, 4].map(foldedOf)).toEqual([0, 4]);
  expect(shownIn(sectionOf(Array.from({ length: 42 }, (_, at) => decided(`d${at}`))))).toContain(
    "In full below: 40 of 42, those first",
  );
});

const round = (kind: RoundOpened["kind"]): RoundOpened => ({
  type: "round.opened",
  decision: "d",
  round: 1,
  kind,
  outcome: { ...basis.outcome, settled: false, option: null, reason: "tie" },
});

test.each<[string, RecordedDecision, string]>([
  ["settled", decided("d"), "d A share 91.0 % · confidence 82.0 %"],
  [
    "ruled",
    decided("d", { ruling: { by: "judge", judge: "j", option: "A", recommended: null } }),
    "d A (ruled by j) share",
  ],
  [
    "not ruled",
    decided("d", {
      settled: false,
      reason: "tie",
      ruling: { by: "judge", judge: "j", option: null, recommended: null },
    }),
    "d not settled: tie share",
  ],
  ["open", open("d", ["b"]), "d open which? Open: 1 ballot of 3 (b). Options: A | B."],
  [
    "debated",
    open("d", [], round("debate")),
    "d open which? Still open: the votes did not settle it (tie); a debate was under way.",
  ],
  [
    "waiting",
    open("d", [], round("person")),
    "d waits for a person which? Waits for a person: the votes did not settle it (tie). Options: A | B. swarm approve it",
  ],
])("a decision that is %s says so", (_, decision, words) => {
  expect(shownIn(sectionOf([decision]))).toContain(`Decisions ${words}`);
});

test("what waited for a person when the run ended is open", () => {
  const section = sectionOf([open("d", [], round("person"))], undefined, { isOver: true });
  const words =
    "d open which? Still open: the votes did not settle it (tie); the run ended before a person had ruled. Below is how it stood.";
  expect(shownIn(section)).toContain(`Decisions ${words}`);
  expect(shownIn(section)).not.toContain("swarm approve");
});

test("below the ballots stand all numbers but those that the head has told", () => {
  const facts = Object.keys(factsIn(sectionOf([decided("d")], () => basis)));
  expect(facts.slice(0, 6)).toEqual(["rule", "outcome", "share", "confidence", "voters", "place"]);
});

test("a decision that a person has ruled on asks for no further word", () => {
  const section = sectionOf([open("d", [], round("person"))], undefined, { ruled: "A, a secret" });
  expect(shownIn(section)).toContain(
    "d ruled by a person: A, a safe which? A person ruled A, a safe; the run goes by it once it is resumed. The votes did not settle it (tie).",
  );
  expect(shownIn(section)).not.toContain("swarm approve");
});

test("those that a person would look at come first: alone before an item, then by what happened", () => {
  const tie = { settled: false, option: null, reason: "tie" } as const;
  const earlier = [{ kind: "first", option: null, sharePpm: 0, confidencePpm: 0, ballots: [] }] as const;
  const all = [
    decided("all[0]/plain", { ballots: [] }),
    decided("all[1]/debated", { ballots: [], earlier }),
    open("all[2]/open", []),
    decided("alone", { ballots: [] }),
    decided("split", tie),
  ];
  expect(byInterest(all).map(({ opened }) => opened.decision)).toEqual([
    "split",
    "alone",
    "all[2]/open",
    "all[1]/debated",
    "all[0]/plain",
  ]);
  expect(gathered(all).map(({ address, open: waiting }) => [address, waiting])).toEqual([
    ["all/plain", 0],
    ["all/debated", 0],
    ["all/open", 1],
    ["alone", 0],
    ["split", 0],
  ]);
});
