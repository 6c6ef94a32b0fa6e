import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkText } from "../../../../cli/task/load.ts";
import { formatProblems } from "../../../../cli/task/problems.ts";

const MAX_MS = 10_000;

/** No crash, no stack, a place inside the text, and an answer: problems or a task. */
const survives = (text: string): void => {
  const startedAt = performance.now();
  const { problems, task } = checkText(text, "f.yaml", "/f.yaml");
  expect(performance.now() - startedAt).toBeLessThan(MAX_MS);
  expect(task === undefined).toBe(problems.length > 0);
  expect(formatProblems(problems)).not.toMatch(/\n\s+at .+:\d+:\d+/);
  const lines = text.split("\n").length;
  for (const { line, column } of problems) {
    expect(line).toBeGreaterThan(0);
    expect(line).toBeLessThanOrEqual(lines);
    expect(column).toBeGreaterThan(0);
  }
};

const seeds = ["triage", "code-review"].map((name) =>
  readFileSync(new URL(`../../../../docs/examples/${name}/task.yaml`, import.meta.url), "utf8"),
);

describe("a task file can hold anything", () => {
  test("random bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => survives(new TextDecoder().decode(bytes))),
      { numRuns: 300 },
    );
  });

  test("random YAML", () => {
    const part = fc.constantFrom(
      "version: 1\n",
      "name",
      ": ",
      "\n",
      "  ",
      "- ",
      "[",
      "]",
      "{",
      "}",
      ", ",
      "&a ",
      "*a",
      "!t ",
      "|\n",
      ">-\n",
      "'",
      '"',
      "#",
      "? ",
      "agents:\n",
      "workflow:\n",
      "<<: ",
      "~",
      "1e9",
      "__proto__",
      "\t",
      "---\n",
      "%YAML 1.1\n",
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 40 }), (parts) => survives(parts.join(""))),
      { numRuns: 500 },
    );
  });

  test("good files with pieces cut, doubled and replaced", () => {
    const edit = fc.record({
      seed: fc.constantFrom(...seeds),
      at: fc.nat(6000),
      length: fc.nat(60),
      insert: fc.oneof(
        fc.string({ maxLength: 8 }),
        fc.constantFrom("${{", "}}", "{% if", "%}", "\n", "- ", ": "),
      ),
      twice: fc.boolean(),
    });
    fc.assert(
      fc.property(edit, ({ seed, at, length, insert, twice }) => {
        const start = at % seed.length;
        const cut = seed.slice(start, start + length);
        survives(
          seed.slice(0, start) + (twice ? cut : "") + insert + seed.slice(start + (twice ? 0 : length)),
        );
      }),
      { numRuns: 300 },
    );
  });

  const repeated = (text: string, chars = 200_000): string => text.repeat(Math.ceil(chars / text.length));
  test.each([
    ["brackets", repeated("[")],
    ["braces", repeated("{")],
    ["dashes", repeated("- ")],
    ["questions", repeated("? ")],
    ["colons", repeated("a: ")],
    ["anchors", repeated("&a ")],
    ["closing brackets", repeated("]")],
    ["quotes", repeated('"')],
    ["commas in a list", `[${repeated(",")}]`],
    ["new lines", repeated("\n")],
    ["keys", Array.from({ length: 20_000 }, (_, index) => `k${index}: 1`).join("\n")],
    ["equal keys", repeated("k: 1\n")],
    ["indents", Array.from({ length: 600 }, (_, index) => `${" ".repeat(index)}a:`).join("\n")],
    ["dash indents", Array.from({ length: 600 }, (_, index) => `${" ".repeat(index)}-`).join("\n")],
    ["aliases", `a: &a 1\nb: [${repeated("*a, ", 40_000)}1]`],
    ["openings of expressions", `version: 1\nname: "${repeated("${{ ")}"`],
    ["question marks in a list", `[${repeated("? ")}`],
  ])("many %s", (_, text) => survives(text));
});
