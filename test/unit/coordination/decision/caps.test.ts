import { expect, test } from "vitest";
import { settle } from "../../../../coordination/decision/settle.ts";
import { cappedShares } from "../../../../coordination/decision/share.ts";
import { cast, closedWith, electorOf, openedWith, team } from "./builders.ts";

test.each(["classwise", "logodds", "majority", "ranked", "supermajority"] as const)(
  "caps that cannot all hold settle nothing, however much all agree: %s",
  (rule) => {
    const electorate = ["a", "b", "e"].map((agent) => electorOf(agent, 200_000));
    const votes = electorate.map(({ agent }) => cast(agent, "A", 0.9));
    expect(settle(closedWith(openedWith([], { electorate, rule }), votes), team)).toMatchObject({
      settled: false,
      reason: "below-threshold",
      option: "A",
      sharePpm: 0,
    });
  },
);

test("what is rounded down leaves nobody above all others", () => {
  // Of a whole of 45, 15 % are 6.75, told as 6, and half is 22.5: more than 6 and 6 and 9.
  const stakes = [
    { weight: 1_000, capPpm: 1_000_000 },
    { weight: 100, capPpm: 150_000 },
    { weight: 100, capPpm: 150_000 },
    { weight: 9, capPpm: 1_000_000 },
  ];
  expect(cappedShares(stakes)).toEqual([21, 6, 6, 9]);
});

test("nor does unanimity, in any tier", () => {
  const electorate = ["a", "b"].map((agent) => electorOf(agent, 400_000));
  const votes = electorate.map(({ agent }) => cast(agent, "A", 0.9));
  const opened = openedWith([], { electorate, rule: "unanimity", tier: "routine" });
  expect(settle(closedWith(opened, votes), team)).toMatchObject({
    settled: false,
    reason: "below-threshold",
  });
});
