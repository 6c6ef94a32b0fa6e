import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { runSchedulerScript } from "./scheduler.ts";

const folder = new URL("./scheduler/", import.meta.url);
const scripts = readdirSync(folder).filter((name) => name.endsWith(".txt"));

test.each(scripts)("the transcript %s holds", (name) => {
  expect(runSchedulerScript(readFileSync(new URL(name, folder), "utf8"))).toEqual([]);
});

test.each([
  ["an effect that did not happen", "model m\nask r by a of m\n> evict m", /it did: grant/],
  ["an effect that nobody named", "model m\nask r by a of m", /before it came: grant/],
  ["a ledger that is something else", "model m\n= used 7", /used 0/],
  ["a word that nobody knows", "model m\nsing", /nobody knows/],
])("a transcript fails on %s", (_, text, problem) => {
  expect(runSchedulerScript(text).join("\n")).toMatch(problem);
});
