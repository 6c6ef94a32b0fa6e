import { expect, test } from "vitest";
import { suggest } from "../../../../cli/task/nearest.ts";

const many = Array.from({ length: 13 }, (_, at) => `word${at}x`);

test.each([
  ["promt", ["prompt", "options"], 'did you mean "prompt"?'],
  ["tset", ["test"], 'did you mean "test"?'],
  ["PROMPT", ["prompt"], 'did you mean "prompt"?'],
  ["concurenzy", ["concurrency"], 'did you mean "concurrency"?'],
  ["cncurenzi", ["concurrency"], "known: concurrency"],
  ["rule", ["role", "rules"], 'did you mean "role"?'],
  ["a", ["b"], "known: b"],
  ["x", [], undefined],
  ["nothing", many.slice(1), `known: ${many.slice(1).join(", ")}`],
  ["nothing", many, undefined],
  ["x".repeat(65), ["x".repeat(64)], `known: ${"x".repeat(64)}`],
])("%s of %j: %s", (word, known, says) => expect(suggest(word, known)).toBe(says));
