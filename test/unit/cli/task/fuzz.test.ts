import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { fits } from "../../../../cli/task/fits.ts";
import { checkText } from "../../../../cli/task/check-text.ts";
import { MAX_PROBLEMS } from "../../../../cli/task/limits.ts";
import { formatProblems } from "../../../../cli/task/problems.ts";
import { Task } from "../../../../cli/task/schema.ts";
import schema from "../../../../cli/task/task.schema.json" with { type: "json" };
import { cpuMs } from "../../../support/cpu-time.ts";

const MAX_MS = 10_000;

/** No crash, no stack, a place inside the text, and an answer: problems or a task. */
const survives = async (text: string): Promise<void> => {
  const startedAt = cpuMs();
  const { problems, task } = await checkText(text, "f.yaml", "/f.yaml");
  expect(cpuMs() - startedAt).toBeLessThan(MAX_MS);
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

type Place = { readonly holder: object; readonly key: string };

/** Every member of every map and list in a value. */
const placesIn = (value: unknown): readonly Place[] =>
  typeof value !== "object" || value === null
    ? []
    : Object.entries(value).flatMap(([key, member]) => [{ holder: value, key }, ...placesIn(member)]);

type Change = { readonly put?: unknown; readonly rename?: number; readonly drop?: boolean };

const alter = ({ holder, key }: Place, change: Change): void => {
  if ("put" in change) {
    Reflect.set(holder, key, structuredClone(change.put));
    return;
  }
  const member: unknown = Reflect.get(holder, key);
  Reflect.deleteProperty(holder, key);
  if (change.rename === undefined || Array.isArray(holder)) return;
  // One character less, as fingers do it.
  const cut = change.rename % key.length;
  Reflect.set(holder, key.slice(0, cut) + key.slice(cut + 1), member);
};

const edit = fc.record({
  at: fc.nat(1000),
  change: fc.oneof(
    fc.record({
      put: fc.constantFrom(null, 5, -1.5, true, "", "x", "1 x", "${{ a.b }}", [], [[]], {}, { a: 1 }),
    }),
    fc.record({ rename: fc.nat(20) }),
    fc.constant({ drop: true }),
  ),
});
const editedTask = fc.record({ seed: fc.constantFrom(...seeds), edits: fc.array(edit, { maxLength: 6 }) });

/** The text of a task after some edits. */
const edited = ({ seed, edits }: { readonly seed: string; readonly edits: readonly Edit[] }): string => {
  const value: unknown = parse(seed);
  for (const { at, change } of edits) {
    const places = placesIn(value);
    const place = places[at % places.length];
    if (place !== undefined) alter(place, change);
  }
  return JSON.stringify(value, null, 1);
};

type Edit = { readonly at: number; readonly change: Change };

/** What is wrong and in which line, in no order of its own. */
const problemsIn = async (text: string): Promise<readonly string[]> =>
  (await checkText(text, "f.yaml", "/f.yaml")).problems
    .map(({ line, message }) => `${line}: ${message}`)
    .toSorted();

const head = "version: 1\nname: t\nagents: { ann: { role: r, model: 'voter:auth' } }\n";
const names = Array.from({ length: 5_000 }, (_, index) => `modl${index}`);

describe("a task file can hold anything", () => {
  test("random bytes", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), (bytes) =>
        survives(new TextDecoder().decode(bytes)),
      ),
      { numRuns: 300 },
    );
  });

  test("random YAML", async () => {
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
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 40 }), (parts) => survives(parts.join(""))),
      { numRuns: 500 },
    );
  });

  test("good files with pieces cut, doubled and replaced", async () => {
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
    await fc.assert(
      fc.asyncProperty(edit, async ({ seed, at, length, insert, twice }) => {
        const start = at % seed.length;
        const cut = seed.slice(start, start + length);
        await survives(
          seed.slice(0, start) + (twice ? cut : "") + insert + seed.slice(start + (twice ? 0 : length)),
        );
      }),
      { numRuns: 300 },
    );
  });

  test("good tasks with any value replaced and any key mistyped", async () => {
    await fc.assert(
      fc.asyncProperty(editedTask, async (task) => {
        const text = edited(task);
        const read: unknown = JSON.parse(text);
        // What the quick check lets pass is not looked at again.
        if (fits(schema, read)) expect(Task.parse(read)).toEqual(read);
        await survives(text);
      }),
      { numRuns: 500 },
    );
  });

  test.each([
    ["a hostile key", '"constructor": 1', '"constructor" cannot be a key'],
    ["a key that comes twice", '"version": 1,"version": 1', 'the key "version" is there twice'],
  ])("%s hides no other problem", async (_, pairs, message) => {
    await fc.assert(
      fc.asyncProperty(editedTask, async (task) => {
        const text = edited(task);
        const rest = text.slice(1);
        fc.pre(/^\s*"version": 1,/.test(rest));
        const others = await problemsIn(text);
        fc.pre(others.length < MAX_PROBLEMS);
        const sound = pairs.startsWith('"version"') ? rest.replace(/"version": 1,/, "") : rest;
        expect(await problemsIn(`{${pairs},${sound}`)).toEqual([`1: ${message}`, ...others].toSorted());
      }),
      { numRuns: 100 },
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
    ["options", `${head}workflow: [{ id: a, ask: ann, prompt: x, options: [${repeated("a, ", 90_000)}b] }]`],
    ["voters", `${head}workflow: [{ id: a, decide: { voters: [${repeated("ann, ", 150_000)}b] } }]`],
    ["broken steps", `${head}workflow:\n${repeated("  - { id: a, aks: an, if: 5 }\n")}`],
    ["mistyped keys", `${head}workflow: [{ ${names.map((name) => `${name}: 1`).join(", ")} }]`],
    ["broken agents", `version: 1\nagents:\n${names.map((name) => `  ${name}: { modle: 5 }\n`).join("")}`],
    ["steps inside steps", `${head}workflow: ${repeated("[{ map: { do: ", 14 * 20)}5${repeated("}}]", 60)}`],
  ])("many %s", (_, text) => survives(text));
});
