import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { runScript } from "./runner.ts";

const folder = new URL("./raft/", import.meta.url);
const scripts = readdirSync(folder).filter((name) => name.endsWith(".txt"));

test.each(scripts)("the transcript %s holds", (name) => {
  expect(runScript(readFileSync(new URL(name, folder), "utf8")).failures).toEqual([]);
});
