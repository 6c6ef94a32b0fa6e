import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { evalVotes } from "../../../cli/commands/eval.ts";
import type { EvalFlags } from "../../../cli/commands/eval.ts";
import { readVotes } from "../../../cli/eval/read-votes.ts";
import { recordings } from "../coordination/decision/evaluation/recordings.ts";
import { listeningContext } from "./listening-context.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "swarm-eval-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const lines = recordings(60, { ann: 95, bob: 60, cem: 60 }).map(({ votes, ...question }) =>
  JSON.stringify({
    ...question,
    votes: Object.fromEntries(
      Object.entries(votes).map(([agent, { option }]) => [agent, { v: option, c: 0.9 }]),
    ),
  }),
);

const flags: EvalFlags = { size: 2, threshold: 0.67, byzantine: 0, seed: 1, resamples: 50 };

const evaluated = async (text: string, change: Partial<EvalFlags> = {}) => {
  writeFileSync(join(folder, "votes.jsonl"), text);
  const { context, said } = listeningContext(folder);
  return { exit: await evalVotes("votes.jsonl", { ...flags, ...change }, context), ...said };
};

test("a table for each team, with every baseline and what follows", async () => {
  const { exit, result } = await evaluated(lines.join("\n"), { team: [["ann", "bob", "cem"]] });
  expect(exit).toBe(0);
  expect(result).toContain("team ann, bob, cem; 60 questions in 45 clusters; threshold 0.67; seed 1");
  for (const name of ["majority", "linear", "follow-the-best", "oracle", "shuffled labels", "logodds"])
    expect(result).toMatch(new RegExp(`^${name} `, "m"));
  expect(result).toMatch(/^classwise (beats|loses to|cannot be told from) majority: [+-]/m);
});

test("a file in which nobody votes is told so", async () => {
  const nobody = JSON.stringify({ id: "q", options: ["x", "y"], gold: "x", votes: {} });
  await expect(evaluated(nobody)).rejects.toThrow("nobody votes in votes.jsonl");
});

test("rules that need orders or numbers appear only where there are some", async () => {
  const { result } = await evaluated(lines.join("\n"), { teams: 1 });
  expect(result).not.toMatch(/^(ranked|approval|median) /m);
});

test("one document for programs, the same bytes each time", async () => {
  const [first, again] = [
    await evaluated(lines.join("\n"), { json: true, teams: 3 }),
    await evaluated(lines.join("\n"), { json: true, teams: 3 }),
  ];
  expect(first.result).toBe(again.result);
  const document: unknown = JSON.parse(first.result);
  expect(document).toMatchObject({ questions: 60, clusters: 45, seed: 1, byzantine: 0 });
  expect(document).toHaveProperty("groups[0].scores[0].overMajority.low");
});

test.each([
  [
    "an agent that never votes",
    { team: [["ann", "zoe"]] },
    /nobody called "zoe" votes; known: ann, bob, cem/,
  ],
  ["more liars than agents", { teams: 1, byzantine: 2 }, /2 liars leave nobody honest in a team of 2/],
] as const)("refused: %s", async (_, change, message) => {
  await expect(evaluated(lines.join("\n"), change)).rejects.toThrow(message);
});

const good = lines[0] ?? "";

test.each([
  ["no JSON", `${good}\n{`, /votes\.jsonl:2: this is no JSON/],
  ["no votes", "\n\n", /votes\.jsonl:1: there are no votes in it/],
  ["a key that is missing", '{"id":"q"}', /votes\.jsonl:1: options: needs a list of 2 to 64 texts$/],
  ["a line that is no question", "[1]", /votes\.jsonl:1: a question is a JSON object$/],
  [
    "chances that are no list",
    good.replace('"c":0.9', '"c":0.9,"d":{"x":1}'),
    /:1: votes\.ann\.d: needs a list of numbers, one for each option$/,
  ],
  [
    "a confidence in per cent",
    good.replace('"c":0.9', '"c":90'),
    /:1: votes\.ann\.c: needs a number from 0 to 1$/,
  ],
  [
    "an answer that was not offered",
    good.replace('"v":"', '"v":"not '),
    /votes\.jsonl:1: votes\.ann\.v: "not /,
  ],
  [
    "a right answer that was not offered",
    good.replace(/"gold":"\w+"/, '"gold":"x"'),
    /:1: gold: "x" is none of the options/,
  ],
  ["a question that is there twice", `${good}\n\n${good}`, /:3: question "q0_r" is already in line 1/],
  [
    "a distribution that is too short",
    good.replace('"c":0.9', '"c":0.9,"d":[1]'),
    /:1: votes\.ann\.d: needs one number for each of 2 options/,
  ],
])("bad input is told with its line: %s", (_, text, message) => {
  expect(() => readVotes(text, "votes.jsonl")).toThrow(message);
});

test.each([
  ["an agent without a name", good.replace('"ann"', '""'), /:1: votes: an agent needs a name$/],
  ["a question without an id", good.replace('"id":"q0_r"', '"id":""'), /:1: id: needs a text or a number$/],
  [
    "chances in per cent",
    good.replace('"c":0.9', '"c":0.9,"d":[70,30]'),
    /:1: votes\.ann\.d\.0: needs a number from 0 to 1$/,
  ],
  [
    "chances below none",
    good.replace('"c":0.9', '"c":0.9,"d":[0,-1]'),
    /:1: votes\.ann\.d\.1: needs a number from 0 to 1$/,
  ],
])("so is %s", (_, text, message) => {
  expect(() => readVotes(text, "votes.jsonl")).toThrow(message);
});

test("a file of a tool that begins it with a byte order mark is read, and one question is no questions", async () => {
  const { result } = await evaluated(`\uFEFF${good}\r\n`, { teams: 1 });
  expect(result).toContain("1 random team of 2; 1 question in 1 cluster; threshold 0.67; seed 1");
});

test("an agent may leave its confidence and its chances out, or say null", () => {
  const silent = good.replace('"c":0.9', '"c":null,"d":null');
  expect(readVotes(silent, "votes.jsonl")[0]?.votes["ann"]).toMatchObject({ confidencePpm: null });
});
