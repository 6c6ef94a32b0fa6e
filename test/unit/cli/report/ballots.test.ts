import { expect, test } from "vitest";
import { ballotTable, roundTable, rulingLine, voices } from "../../../../cli/report/ballots.ts";
import type { Explanation, ExplainedBallot } from "../../../../cli/explain/explanation.ts";
import { markupText } from "../../../../cli/report/markup.ts";
import type { CountedBallot, Outcome } from "../../../../coordination/protocol/decision-messages.ts";
import { explained } from "../../../support/explained.ts";
import { shownIn, tableRowsIn } from "../../../support/shown.ts";
import { cast, openedWith, team } from "../../coordination/decision/builders.ts";

const base = explained({
  opened: openedWith(["a", "b", "c", "d", "e"]),
  ballots: [
    { ...cast("a", "A", 0.9), reason: "tests pass" },
    { ...cast("b", "B", 0.8), reason: "it is late" },
    { ...cast("c", null), reason: "cannot tell" },
    cast("e", "Z", 0.7),
  ],
  trust: team,
});
const ballotOf = (voter: string): ExplainedBallot => {
  const ballot = base.ballots.find((each) => each.voter === voter);
  if (ballot === undefined) throw new Error(`${voter} is an elector`);
  return ballot;
};

test("each part of a weight stands in its column, and of a ballot that does not count none of the vote's", () => {
  const parts = {
    confidencePpm: 910_000,
    calibratedPpm: 820_000,
    abilityPpm: 730_000,
    trustPpm: 640_000,
    weight: 5_500,
    shareWeight: 4_400,
  };
  const ability = { abilityPpm: 730_000, trustPpm: 640_000 };
  const rows = tableRowsIn(
    ballotTable([
      { ...ballotOf("a"), ...parts },
      { ...ballotOf("c"), ...ability },
      { ...ballotOf("d"), ...ability },
      { ...ballotOf("e"), ...ability },
    ]),
  );
  const columns = [
    "voter",
    "vote",
    "says",
    "calibrated",
    "ability",
    "trust",
    "penalty",
    "weight",
    "in the share",
  ];
  const idle = ["–", "–", "73.0 %", "64.0 %", "–", "–", "–"];
  expect(rows).toEqual([
    columns,
    [
      "a",
      "A",
      "91.0 %",
      "82.0 %",
      "73.0 %",
      "64.0 %",
      expect.stringMatching(/^× \d\.\d{4}$/),
      "5,500",
      "4,400",
    ],
    ["c", "abstained", ...idle],
    ["d", "did not answer", ...idle],
    ["e", "voted for what was not offered", ...idle],
  ]);
});

const saidIn = (more: Partial<Outcome>): string =>
  shownIn(voices({ ...base, outcome: { ...base.outcome, ...more } }));
const idle =
  "Not counted c abstained: cannot tell d did not answer: no reason given e voted for what was not offered: no reason given";

test("reasons in favour come first, then dissent, then everybody who did not count and why", () => {
  expect(saidIn({ option: "A" })).toBe(`In favour a for A: tests pass Dissent b for B: it is late ${idle}`);
  expect(saidIn({ option: "B" })).toBe(`In favour b for B: it is late Dissent a for A: tests pass ${idle}`);
});

test("where nothing leads, nobody is in favour and nobody dissents", () => {
  expect(saidIn({ option: null })).toBe(
    `Votes, of which none leads a for A: tests pass b for B: it is late ${idle}`,
  );
});

test.each<[string, NonNullable<Outcome["ruling"]>]>([
  ["A person ruled B; the votes recommended A.", { by: "person", option: "B", recommended: "A" }],
  [
    "The judge j ruled B, 75.0 % sure; the votes recommended nothing. since",
    { by: "judge", judge: "j", option: "B", recommended: null, confidencePpm: 750_000, reason: "since" },
  ],
  [
    "The judge j did not rule; the votes recommended A.",
    { by: "judge", judge: "j", option: null, recommended: "A" },
  ],
])("%s", (words, ruling) => {
  expect(shownIn(rulingLine({ ...base.outcome, ruling }))).toBe(`Ruling ${words}`);
});

test("rounds stand side by side, numbered from 1, with who moved in each and how each ended", () => {
  const said = (voter: string, option: string | null): CountedBallot => ({
    ...ballotOf("a"),
    voter,
    option,
    status: option === null ? "abstained" : "counted",
    confidencePpm: 900_000,
    reason: "",
  });
  const round = { sharePpm: 500_000, confidencePpm: 0 };
  const outcome: Explanation["outcome"] = {
    ...base.outcome,
    kind: "debate",
    option: "B",
    sharePpm: 750_000,
    ballots: [said("a", "B"), said("b", "B")],
    earlier: [
      { ...round, kind: "first", option: null, reason: "tie", ballots: [said("a", "A"), said("b", "B")] },
      { ...round, kind: "debate", option: null, reason: "tie", ballots: [said("a", "A"), said("b", null)] },
    ],
  };
  const { reason: _, ...settled } = outcome;
  const table = roundTable({ ...base, outcome: settled });
  expect(tableRowsIn(table)).toEqual([
    ["", "1. first", "2. debate", "3. debate"],
    ["a", "A 90.0 % sure", "A 90.0 % sure", "B 90.0 % sure"],
    ["b", "B 90.0 % sure", "abstained", "B 90.0 % sure"],
    ["outcome", "tie share 50.0 %", "tie share 50.0 %", "settled on B share 75.0 %"],
  ]);
  const moves = markupText(table)
    .split("<tr")
    .map((row) => Array.from(row.matchAll(/<td( class="moved")?/g), ([, moved]) => moved !== undefined));
  expect(moves.slice(2, 4)).toEqual([
    [false, false, true],
    [false, true, true],
  ]);
});
