import { describe, expect, test } from "vitest";
import { bestSet, openingSet, type Candidate } from "../../../inference/scheduling/placement.ts";

const candidate = (model: string, bytes: number, serves = 1, isHere = false): Candidate => ({
  model,
  bytes,
  serves,
  bytesToLoad: isHere ? 0 : bytes,
});
const large = candidate("large", 5, 2);
const middle = candidate("middle", 3);
const small = candidate("small", 1, 1);

describe("the models that come in", () => {
  test.each<[string, readonly Candidate[], number, readonly string[]]>([
    ["what loads soonest, with what fits beside it", [large, middle, small], 7, ["middle", "small"]],
    ["all, where all fit", [large, middle, small], 9, ["large", "middle", "small"]],
    [
      "of equal loads the one that serves more",
      [middle, { ...small, bytes: 3, bytesToLoad: 3, serves: 4 }],
      5,
      ["small"],
    ],
    ["none, where none fits", [large, middle], 2, []],
    [
      "beside what is there, rather than in its place",
      [small, middle, candidate("here", 4, 9, true)],
      5,
      ["small", "here"],
    ],
  ])("are, where all have waited equally long: %s", (_, candidates, budget, names) => {
    const missing = candidates.filter(({ bytesToLoad }) => bytesToLoad > 0).length;
    expect(openingSet(candidates, missing, budget)).toEqual(names);
  });

  test("have the one in them that has waited longest, whatever it loads", () => {
    expect(bestSet(large, [middle, small], 7)).toEqual(["large", "small"]);
    expect(bestSet(large, [middle], 4)).toEqual(["large"]);
  });
});
