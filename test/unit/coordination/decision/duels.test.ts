import { expect, test } from "vitest";
import { ranked } from "../../../../coordination/decision/rules/ranked.ts";
import { settle } from "../../../../coordination/decision/settle.ts";
import { cast, closedWith, openedWith, team } from "./builders.ts";

const order = (...ranking: readonly string[]) => ({
  option: ranking[0] ?? "",
  weight: 1_000_000,
  shareWeight: 1_000_000,
  ranking,
});

test("a duel that ends in a tie is not won: then the points tell", () => {
  const votes = [order("A", "B", "C"), order("A", "C", "B"), order("B", "A", "C"), order("C", "B", "A")];
  const { leaders, ranked: rows } = ranked.tally(["A", "B", "C"], votes);
  expect(leaders).toEqual(["A"]);
  expect(rows).toEqual([
    { option: "A", weight: 2_500_000, heads: 2 },
    { option: "B", weight: 2_000_000, heads: 2 },
    { option: "C", weight: 1_500_000, heads: 1 },
  ]);
});

test("a ballot that names no order ranks its option first, and the others alike", () => {
  const { ranking: _, ...plain } = order("C");
  const { ranked: rows } = ranked.tally(["A", "B", "C"], [plain, order("A", "B", "C")]);
  expect(rows).toEqual([
    { option: "A", weight: 1_250_000, heads: 1 },
    { option: "C", weight: 1_000_000, heads: 1 },
    { option: "B", weight: 750_000, heads: 0 },
  ]);
});

test.each(["logodds", "ranked", "median"] as const)(
  "one voice, however expert, carries no more of the share than all others: %s",
  (rule) => {
    const opened = openedWith(["a", "b", "c"], { rule, options: ["1", "2"] });
    const ballots = [cast("a", "1", 0.9), cast("b", "2", 0.95), cast("c", "2", 0.95)];
    expect(settle(closedWith(opened, ballots), team)).toMatchObject({
      settled: false,
      reason: "below-threshold",
      option: "1",
      sharePpm: 500_000,
      tally: [
        { option: "1", weight: 2_033_091, heads: 1 },
        { option: "2", weight: 40_048, heads: 2 },
      ],
    });
  },
);

test("a median settles with the heads of its smaller side, not with those that named it alone", () => {
  const opened = openedWith(["x", "y", "z"], {
    rule: "median",
    options: ["1", "2", "3"],
    thresholdPpm: 600_000,
  });
  const ballots = [cast("x", "1", 0.9), cast("y", "2", 0.9), cast("z", "3", 0.9)];
  const outcome = settle(closedWith(opened, ballots), team);
  expect(outcome).toMatchObject({ settled: true, option: "2", sharePpm: 666_667 });
  expect(outcome.tally.map(({ option, heads }) => [option, heads])).toEqual([
    ["2", 2],
    ["1", 1],
    ["3", 1],
  ]);
});
