import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { deep } from "../../support/deep.ts";
import { mutated, outgrown, type Mutant } from "./mutant.ts";
import { mutants } from "./mutants.ts";
import { tryMutant, type Judge } from "./trial.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));

// All of them take minutes: `npm run mutate:raft`. These few show in every run that the judges are awake.
const sample: readonly (readonly [string, Judge])[] = [
  ["a vote leaves before it is on disk", "storms"],
  ["a leader counts itself before its disk has the entry", "storms"],
  ["the outgoing voters are not asked for commits", "storms"],
  ["a read asks nobody", "storms"],
  ["a restart forgets the vote", "transcripts"],
  ["who hears of a leader says yes to a pre-vote", "transcripts"],
  ["a command that comes again takes effect again", "tables"],
];

const trial = { root, seeds: 300 };
const named = (name: string): Mutant =>
  mutants.find((mutant) => mutant.name === name) ?? expect.fail(`no fault is called ${name}`);

test("each fault still has its place in the sources, once", () => {
  expect(mutants.flatMap((mutant) => outgrown(root, mutant))).toEqual([]);
});

test("there are at least 210 faults, each with a name of its own", () => {
  expect(new Set(mutants.map(({ name }) => name)).size).toBe(mutants.length);
  expect(mutants.length).toBeGreaterThanOrEqual(210);
});

test("a pattern that is not there once is an error", () => {
  const edit = { file: "log.ts", find: "two", replace: "2" };
  expect(mutated("one two", edit)).toBe("one 2");
  expect(() => mutated("one", edit)).toThrow("0 times");
  expect(() => mutated("two two", edit)).toThrow("2 times");
});

test("the core without a fault lives", async () => {
  const mutant = { name: "none", edits: [] };
  expect(
    await tryMutant({ ...trial, mutant, seeds: deep ? 300 : 30, judges: ["transcripts", "storms"] }),
  ).toBe(null);
});

test.each(sample)("found: %s, by %s", async (name, judge) => {
  expect(await tryMutant({ ...trial, mutant: named(name), judges: [judge] })).not.toBe(null);
});
