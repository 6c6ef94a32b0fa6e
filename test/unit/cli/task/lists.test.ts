import { expect, test } from "vitest";
import { evaluate } from "../../../../actors/workflow/expression/evaluate.ts";
import { parseExpression } from "../../../../actors/workflow/expression/parse.ts";
import { callKinds } from "../../../../cli/task/check/lists.ts";

test.each([
  ["contains([1], 1)", "boolean"],
  ["startsWith('ab', 'a')", "boolean"],
  ["len([1])", "number"],
  ["indexOf([1], 1)", "number"],
  ["count([1], '', 1)", "number"],
  ["sum([1])", "number"],
  ["avg([1])", "number"],
  ["min([1])", "number"],
  ["max([1])", "number"],
  ["round(1)", "number"],
  ["number('1')", "number"],
  ["join([1])", "string"],
  ["percent(1)", "string"],
  ["upper('a')", "string"],
  ["lower('a')", "string"],
  ["trim('a')", "string"],
  ["clip('a', 1)", "string"],
  ["shape('a')", "string"],
  ["md('a')", "string"],
  ["json([1])", "string"],
  ["text([1])", "string"],
])("%s gives a %s, and no list", (text, type) => {
  const kind = callKinds.get(text.slice(0, text.indexOf("(")));
  expect(kind === "text" ? "string" : kind).toBe(type);
  expect(typeof evaluate(parseExpression(text), {})).toBe(type);
});

test("of no other function is it said", () => expect(callKinds.size).toBe(21));
