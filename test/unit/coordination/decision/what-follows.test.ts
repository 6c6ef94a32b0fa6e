import { describe, expect, test } from "vitest";
import { firstRound, roundAfter } from "../../../../coordination/decision/rounds.ts";
import { settle } from "../../../../coordination/decision/settle.ts";
import { lessonsOf, teamAgent } from "../../../../coordination/decision/team.ts";
import type { DecisionOpened, Outcome, Ruling } from "../../../../coordination/protocol/decision-messages.ts";
import { cast, closedWith, electorOf, openedWith, team } from "./builders.ts";

const judge = electorOf("judy");
const opened = openedWith(["a", "b", "c"]);
const outcome = settle(
  closedWith(opened, [cast("a", "A", 0.9), cast("b", "B", 0.9), cast("c", "B", 0.9)]),
  team,
);

describe("what follows a round is what the task says, where it ended as", () => {
  test.each([
    ["no-quorum", false],
    ["all-abstain", false],
    ["deadline", false],
    ["no-evidence", true],
    ["tie", true],
    ["below-threshold", true],
    ["too-few-heads", true],
  ] as const)("%s", (reason, isDebatable) => {
    const after = (change: Partial<DecisionOpened>) =>
      roundAfter({ ...opened, ...change }, firstRound, { ...outcome, reason });
    const debate = isDebatable ? "debate" : undefined;
    expect(after({})).toBeUndefined();
    expect(after({ judge })).toBeUndefined();
    expect(after({ escalate: "fail" })).toBeUndefined();
    expect(after({ rounds: 0 })).toBe(reason === "tie" ? "revote" : undefined);
    expect(after({ rounds: 1 })).toBe(debate);
    expect(after({ rounds: 1, escalate: "human" })).toBe(debate ?? "person");
    expect(after({ escalate: "judge", judge })).toBe("judge");
    expect(after({ rounds: 2, rule: "judge", judge })).toBe("judge");
  });
});

test.each<readonly [string, Ruling | undefined, readonly string[]]>([
  ["nobody", undefined, []],
  ["a judge", { by: "judge", judge: "judy", option: "B", recommended: "A" }, ["judy B true"]],
  ["a judge that abstains", { by: "judge", judge: "judy", option: null, recommended: "A" }, []],
  ["a person", { by: "person", option: "B", recommended: "A" }, []],
])(
  "the team is taught by what it recommended, and a judge by its own word, where %s ruled",
  (_, ruling, judged) => {
    const ruled: Outcome =
      ruling === undefined ? outcome : { ...outcome, option: ruling.option ?? "A", ruling };
    const marks = lessonsOf("r", { ...opened, judge }, ruled, "B").slice(opened.electorate.length);
    expect(marks.map(({ agent, option, right }) => `${agent} ${option} ${right}`)).toEqual([
      `${teamAgent} A false`,
      ...judged,
    ]);
  },
);

test("of a tie nothing is recommended, and the team learns nothing from it", () => {
  const tied = settle(closedWith(openedWith(["b", "c"]), [cast("b", "A", 0.9), cast("c", "B", 0.9)]), team);
  expect(tied).toMatchObject({ option: null, reason: "tie" });
  const ruled: Outcome = { ...tied, option: "B", ruling: { by: "person", option: "B", recommended: null } };
  for (const ended of [tied, ruled])
    expect(lessonsOf("r", openedWith(["b", "c"]), ended, "B").map(({ agent }) => agent)).toEqual(["b", "c"]);
});

test.each([
  [700_000, 700_000],
  [undefined, null],
])("a judge is taught by the confidence that it stated: %s", (confidencePpm, taught) => {
  const said = confidencePpm === undefined ? {} : { confidencePpm };
  const ruling: Ruling = { by: "judge", judge: "judy", option: "B", recommended: "A", ...said };
  expect(lessonsOf("r", { ...opened, judge }, { ...outcome, option: "B", ruling }, "B").at(-1)).toMatchObject(
    {
      agent: "judy",
      model: judge.model,
      conduct: "answered",
      confidencePpm: taught,
      right: true,
    },
  );
});
