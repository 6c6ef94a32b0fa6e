import { describe, expect, test } from "vitest";
import { decisionResult } from "../../../../actors/workflow/decided.ts";
import { settle } from "../../../../coordination/decision/settle.ts";
import { dissentFrom } from "../../../../coordination/protocol/dissent.ts";
import type { BallotCast, DecisionOpened } from "../../../../coordination/protocol/decision-messages.ts";
import { cast, closedWith, openedWith, team } from "./builders.ts";

const approving = (voter: string, ...approved: readonly [string, ...string[]]): BallotCast => ({
  ...cast(voter, approved[0], 0.9),
  approved,
});

const dissentersOf = (change: Partial<DecisionOpened>, ballots: readonly BallotCast[]) => {
  const opened = openedWith(["a", "b", "c"], { options: ["A", "B", "C"], ...change });
  const outcome = settle(closedWith(opened, ballots), team);
  const told = decisionResult(outcome, null, false);
  expect(told).toMatchObject({
    dissent: dissentFrom(outcome, outcome.ballots).map(({ voter }) => ({ voter })),
  });
  return {
    option: outcome.option,
    dissent: dissentFrom(outcome, outcome.ballots).map(({ voter }) => voter),
  };
};

describe("who dissents", () => {
  test("is who voted for another option", () =>
    expect(
      dissentersOf({ rule: "majority" }, [cast("a", "A"), cast("b", "A"), cast("c", "B")]),
    ).toMatchObject({ option: "A", dissent: ["c"] }));

  test("under approval is nobody who approves of the winner, whatever it likes best", () =>
    expect(
      dissentersOf({ rule: "approval" }, [
        approving("a", "A", "C"),
        approving("b", "B"),
        approving("c", "C", "B"),
      ]),
    ).toMatchObject({ option: null, dissent: [] }));

  test("under approval is who does not approve of it", () =>
    expect(
      dissentersOf({ rule: "approval" }, [
        approving("a", "A"),
        approving("b", "B"),
        approving("c", "C", "A"),
      ]),
    ).toMatchObject({ option: "A", dissent: ["b"] }));

  test("under ranked is who ranks another option first", () =>
    expect(
      dissentersOf({ rule: "ranked" }, [
        { ...cast("a", "A", 0.9), ranking: ["A", "B", "C"] },
        { ...cast("b", "B", 0.9), ranking: ["B", "A", "C"] },
        { ...cast("c", "A", 0.9), ranking: ["A", "C", "B"] },
      ]),
    ).toMatchObject({ option: "A", dissent: ["b"] }));

  test("is nobody where nothing leads, and nobody whose ballot is void", () => {
    expect(
      dissentersOf({ rule: "majority", options: ["A", "B"] }, [cast("a", "A"), cast("b", "B")]),
    ).toMatchObject({ option: null, dissent: [] });
    expect(
      dissentersOf({ rule: "majority" }, [cast("a", "A"), cast("b", "A"), cast("c", "Z")]),
    ).toMatchObject({ option: "A", dissent: [] });
  });
});
