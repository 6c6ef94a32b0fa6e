import { describe, expect, test } from "vitest";
import { findings } from "./rules.ts";
import { codeOf, readSources, type Source } from "./sources.ts";

/** A small house in order, in which each violation is planted. */
const house: readonly Source[] = [
  { path: "index.ts", text: 'export { tally } from "./coordination/decision/tally.ts";\n' },
  {
    path: "cli/main.ts",
    text: 'import "../actors/agent/machine.ts";\nimport "../actors/runtime/host.ts";\n',
  },
  {
    path: "coordination/decision/tally.ts",
    text: "export const tally = (votes: readonly number[]) => votes.length;\n",
  },
  { path: "actors/agent/machine.ts", text: "export const machine = 1;\n" },
  { path: "actors/runtime/host.ts", text: "export const now = () => Date.now();\n" },
];

const replaced = (path: string, text: string): readonly Source[] => [
  ...house.filter((source) => source.path !== path),
  { path, text },
];

const tally = "coordination/decision/tally.ts";
const machine = "actors/agent/machine.ts";

describe("the house rules", () => {
  test("hold in every source", () => {
    const sources = readSources();
    expect(sources.length).toBeGreaterThan(30);
    expect(findings(sources).map(({ rule, path, why }) => `${rule}: ${path}: ${why}`)).toEqual([]);
  });

  test("find nothing in a house in order", () => {
    expect(findings(house)).toEqual([]);
  });

  test.each([
    ["length", tally, "export const x = 1;\n".repeat(301)],
    ["name", "actors/runtime/utils.ts", "export const x = 1;\n"],
    ["name", "actors/helpers/format.ts", "export const x = 1;\n"],
    ["name", "inference/model-manager.ts", "export const x = 1;\n"],
    ["name", "inference/service.ts", "export const x = 1;\n"],
    ["todo", tally, "// TODO: later\n"],
    ["suppression", tally, "// @ts-ignore\nexport const x = 1;\n"],
    ["barrel", "actors/agent/index.ts", "export const x = 1;\n"],
    ["barrel", "actors/agent/all.ts", 'export * from "./machine.ts";\nexport type { A } from "./a.ts";\n'],
    ["dead", "observability/spans.ts", "export const x = 1;\n"],
    ["clock", tally, "export const at = () => Date.now();\n"],
    ["clock", tally, "export const at = () => new Date();\n"],
    ["clock", machine, "export const at = () => performance.now();\n"],
    ["dice", machine, "export const roll = () => Math.random();\n"],
    ["dice", machine, "export const id = () => crypto.randomUUID();\n"],
    ["timer", machine, "export const wait = () => setTimeout(() => 1, 2);\n"],
    ["timer", machine, "export const wait = () => setInterval(() => 1, 2);\n"],
    ["waiting", machine, "export const wait = async () => 1;\n"],
    ["float", tally, "export const odds = (p: number) => Math.log(p);\n"],
    ["float", tally, "export const odds = (p: number) => p ** 2;\n"],
    ["float", tally, "export const odds = (p: number) => Math.exp(p) + Math.pow(p, 2);\n"],
    ["any", tally, "export const x = (y: any) => y;\n"],
    ["any", tally, "export const x = JSON.parse('1') as any;\n"],
    ["any", tally, "export const x: Map<string, any> = new Map();\n"],
    ["bench", "test/bench/silent.ts", "export const run = () => 1;\n"],
    ["invoke", machine, "export const x = { invoke: { src: 1 } };\n"],
  ])("%s is found when planted in %s", (rule, path, text) => {
    expect(findings(replaced(path, text)).map((found) => [found.rule, found.path])).toContainEqual([
      rule,
      path,
    ]);
  });

  test.each([
    ["a clock in a comment", tally, "// Date.now() would differ on replay\nexport const x = 1;\n"],
    ["a clock in a string", tally, 'export const x = "Date.now()";\n'],
    ["the word any in prose and in names", tally, "export const any = (x: boolean) => x; // in any case\n"],
    ["a file of 300 lines", tally, "export const x = 1;\n".repeat(300)],
    ["TODO with an issue", tally, "// TODO(#12): later\nexport const x = 1;\n"],
  ])("%s is allowed", (_, path, text) => {
    expect(findings(replaced(path, text))).toEqual([]);
  });

  test("comments and strings are not code, and lines stay where they are", () => {
    expect(
      codeOf('const a = "x"; // y\n/* z\n */ const b = 1;')
        .split("\n")
        .map((line) => line.trim()),
    ).toEqual(['const a = "";', "", "const b = 1;"]);
  });
});
