import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { evaluate } from "../../../actors/workflow/expression/evaluate.ts";
import { ExpressionError } from "../../../actors/workflow/expression/expression.ts";
import { MAX_EXPRESSION_CHARS, parseExpression } from "../../../actors/workflow/expression/parse.ts";
import { callsOf, pathsOf } from "../../../actors/workflow/expression/uses.ts";
import type { Json } from "../../../coordination/protocol/json.ts";

const scope = {
  n: 4,
  zero: 0,
  s: "Hello",
  none: null,
  list: [3, 1, 2],
  people: [
    { name: "ann", age: 30 },
    { name: "bob", age: 20 },
    { name: "ann", age: 40 },
  ],
  a: { "b-c": { d: [10, 20] }, x: 1 },
} satisfies Record<string, Json>;

const valueOf = (text: string): Json => evaluate(parseExpression(text), scope);

describe("values", () => {
  test.each<[string, Json]>([
    ["1 + 2 * 3", 7],
    ["(1 + 2) * 3", 9],
    ["10 - 4 - 3", 3],
    ["-n + 1", -3],
    ["7 / 2", 3.5],
    ["7 / 0", null],
    ["none + 1", null],
    ["'a' + 1 + none", "a1"],
    ['"it\\"s"', 'it"s'],
    ["s == 'Hello' && n >= 4", true],
    ["!zero || false", true],
    ["none || 'other'", "other"],
    ["[1, [2]] == [1, [2]]", true],
    ["2 in list", true],
    ["'ell' in s", true],
    ["'x' in a", true],
    ["'y' in none", false],
    ["none < 1", false],
    ["n > 3 ? 'big' : 'small'", "big"],
    ["zero ? 1 : none ? 2 : 3", 3],
    ["a.b-c.d[1]", 20],
    ["a['b-c'].d[0]", 10],
    ["a.missing.deeper[4]", null],
    ["list[9]", null],
    ["s.length", null],
    ["a.__proto__", null],
    ["a.constructor", null],
    ["constructor", null],
    ["list['length']", null],
    ["toString", null],
  ])("%s", (text, expected) => expect(valueOf(text)).toEqual(expected));
});

describe("functions", () => {
  test.each<[string, Json]>([
    ["len(list) + len(s) + len(none) + len(a)", 10],
    ["sum(list)", 6],
    ["avg(list)", 2],
    ["avg([])", null],
    ["min(list)", 1],
    ["max(3, 9)", 9],
    ["round(3.14159, 2)", 3.14],
    ["percent(0.8734)", "87.3 %"],
    ["percent(0.5, 0)", "50 %"],
    ["percent(-0.0001)", "0.0 %"],
    ["percent(-0.004, 0) + percent(-0.0006)", "0 %-0.1 %"],
    ["percent(none)", null],
    ["join(list, '-')", "3-1-2"],
    ["split('a,b', ',')", ["a", "b"]],
    ["upper(s) + lower(s) + trim('  x ')", "HELLOhellox"],
    ["contains(list, 3)", true],
    ["startsWith(s, 'He')", true],
    ["slice(s, 1, 3)", "el"],
    ["slice(list, -1)", [2]],
    ["[first(list), last(list), first([])]", [3, 2, null]],
    ["indexOf(list, 2)", 2],
    ["pluck(people, 'name')", ["ann", "bob", "ann"]],
    ["unique(pluck(people, 'name'))", ["ann", "bob"]],
    ["count(people, 'name', 'ann')", 2],
    ["count(list, '', 1)", 1],
    ["filter(list, '', 1)", [1]],
    ["pluck(list, '') == list", true],
    ["sort(list, '')", [1, 2, 3]],
    ["pluck(sort(people, 'age'), 'age')", [20, 30, 40]],
    ["sort(list)", [1, 2, 3]],
    ["concat(list, [9], none, 8)", [3, 1, 2, 9, 8]],
    ["keys(a)", ["b-c", "x"]],
    ["default(none, 'x')", "x"],
    ["json(list)", "[3,1,2]"],
    ["text(none)", ""],
    ["number('42') + number('nope')", null],
    ["clip('abcdef', 4)", "abc…"],
    ["md('a|b*c\\n<x>')", "a\\|b\\*c &lt;x&gt;"],
  ])("%s", (text, expected) => expect(valueOf(text)).toEqual(expected));
});

describe("shape", () => {
  test.each([
    [
      "process, host and address",
      "Mar 17 02:10:11 edge-1 sshd[812]: Failed password for root from 203.0.113.7 port 40022 ssh2",
      "Mar  7 12:00:59 db-2 sshd[9]: Failed password for admin from 10.0.0.1 port 1 ssh2",
    ],
    [
      "quoted parts and times",
      '10.0.0.1 - - [17/Mar/2026:02:29:16 +0000] "GET /a HTTP/1.1" 200 12',
      '10.9.0.1 - - [18/Apr/2026:12:29:16 +0000] "POST /b/c HTTP/1.1" 404 9',
    ],
    [
      "ids and counters",
      "2026-03-17 02:29:16,192 INFO [http-nio-8080-exec-26] c.s.OrderService - Order 71894 placed in 70 ms",
      "2026-03-18 12:29:16,001 INFO [http-nio-8080-exec-3] c.s.OrderService - Order 1 placed in 9 ms",
    ],
    [
      "block names",
      "081109 203615 148 INFO dfs.DataNode$PacketResponder: PacketResponder 1 for block blk_38865049064139660 terminating",
      "081110 010203 9 INFO dfs.DataNode$PacketResponder: PacketResponder 2 for block blk_-6952295868487656571 terminating",
    ],
  ])("lines that differ in %s have one shape", (_, one, other) => {
    const shapeOf = (line: string): Json => evaluate(parseExpression("shape(line)"), { line });
    expect(shapeOf(one)).toBe(shapeOf(other));
    expect(shapeOf(one)).toMatch(/[a-z]{3}|""/);
  });

  test("different statements differ", () =>
    expect(valueOf("shape('a 1 failed') == shape('a 1 worked')")).toBe(false));
});

describe("mistakes are placed", () => {
  test.each([
    ["1 +", "the expression ends too early", 2],
    ["a = 1", 'unexpected "="; to compare, write ==', 2],
    ["a & b", 'unexpected "&"; write &&', 2],
    ["'abc", "this string does not end", 0],
    ["(1", "a ) is missing for this", 0],
    ["[1 2]", "expected ] but found 2", 3],
    ["1 2", "unexpected 2", 2],
    ["a.1", "a name must follow the dot, not 1", 2],
    ["", "an expression is missing", 0],
    ["'\\q'", "unknown escape; known are \\n, \\t, \\\\, \\' and \\\"", 1],
    ["1e999", "1e999 is too large a number", 0],
    [`${"(".repeat(100)}1`, "an expression is nested at most 64 deep", 65],
    [`${"!".repeat(100)}1`, "an expression is nested at most 64 deep", 65],
    [
      "x".repeat(MAX_EXPRESSION_CHARS + 1),
      `an expression has at most ${MAX_EXPRESSION_CHARS} characters; this one has ${MAX_EXPRESSION_CHARS + 1}`,
      0,
    ],
  ])("reading %s", (text, message, offset) => {
    expect(() => parseExpression(text)).toThrow(expect.objectContaining({ message, offset }));
  });

  test.each([
    ["s * 2", "cannot reckon a text * the number 2"],
    ["s < 2", "cannot compare a text with the number 2"],
    ["-s", "cannot negate a text"],
    ["nope(1)", "there is no function `nope`"],
    ["len()", "`len` is used as len(x)"],
    ["upper(list)", "upper: argument 1 must be a text, not a list"],
    ["sum(['x'])", "sum: only numbers can be reckoned with, not a text"],
    ["pluck(s, 'x')", "pluck: argument 1 must be a list, not a text"],
  ])("evaluating %s", (text, message) => {
    expect(() => valueOf(text)).toThrow(expect.objectContaining({ message, offset: 0 }));
  });
});

test("uses are found without evaluating", () => {
  const expression = parseExpression("len(steps.a['b'].c[inputs.i]) + x.y[0] > 1 ? f(z) : 0");
  expect(pathsOf(expression).map(({ root, keys }) => [root, ...keys])).toEqual([
    ["steps", "a", "b", "c"],
    ["inputs", "i"],
    ["x", "y", 0],
    ["z"],
  ]);
  expect(callsOf(expression).map(({ name, args }) => [name, args])).toEqual([
    ["len", 1],
    ["f", 1],
  ]);
});

test("a scope is read on use only, and its lists are passed on uncopied", () => {
  const big = Array.from({ length: 1000 }, (_, index) => index);
  const lazy = {
    big,
    get never(): Json {
      throw new Error("read");
    },
  };
  expect(evaluate(parseExpression("true ? big : never"), lazy)).toBe(big);
  expect(evaluate(parseExpression("big"), (name) => (name === "big" ? big : undefined))).toBe(big);
});

test("any text either reads or fails with a place inside it", () => {
  const part = fc.constantFrom(
    "a",
    ".",
    "[",
    "]",
    "(",
    ")",
    "'",
    '"',
    "1",
    " ",
    "+",
    "-",
    "!",
    "?",
    ":",
    "in",
    "==",
    ",",
    "len",
    "\\",
    "é",
  );
  fc.assert(
    fc.property(
      fc.array(part, { maxLength: 60 }).map((parts) => parts.join("")),
      (text) => {
        try {
          evaluate(parseExpression(text), scope);
        } catch (error) {
          if (!(error instanceof ExpressionError)) throw error;
          expect(error.offset).toBeGreaterThanOrEqual(0);
          expect(error.offset + error.length).toBeLessThanOrEqual(Math.max(1, text.length));
        }
      },
    ),
    { numRuns: 2000 },
  );
});

test("a long chain of operators is no deep nest", () => {
  expect(evaluate(parseExpression(Array.from({ length: 1500 }, () => "1").join("+")), {})).toBe(1500);
});
