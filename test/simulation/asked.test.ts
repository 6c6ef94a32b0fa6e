import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { askedBy } from "./asked.ts";

const program = fileURLToPath(new URL("../../deploy/build/simulate.mjs", import.meta.url));
const whole = { events: 5_000, without: new Set() };

test.each([
  ["--seed 17", { from: 17, to: 17, told: "trace", swarm: true, raft: true, cut: whole }],
  ["--swarm --seed 0 --quiet", { from: 0, to: 0, told: "report", swarm: true, raft: false, cut: whole }],
  ["--raft --seeds 1..500", { from: 1, to: 500, told: "nothing", swarm: false, raft: true, cut: whole }],
  [
    "--raft --seed 4294967295 --events 90 --without 3,7-9",
    { from: 4294967295, told: "trace", cut: { events: 90, without: new Set([3, 7, 8, 9]) } },
  ],
  ["--long", { type: "long", from: 0, to: 999_999 }],
  ["--long --from 5", { type: "long", from: 5, to: 1_000_004 }],
  ["--long --from 4294967290", { type: "long", from: 4294967290, to: 4294967295 }],
  ["--long --to 3", { type: "long", from: 0, to: 3 }],
])("simulate %s", (words, asked) => expect(askedBy(words.split(" "))).toMatchObject(asked));

test.each([
  ["", "say which storm: --seed N, or --seeds FROM..TO"],
  ["--quiet", "say which storm"],
  ["--seed -1", '--seed "-1" is no whole number from 0 to 4294967295'],
  ["--seed 4294967296", '--seed "4294967296" is no whole number'],
  ["--seeds 1..2 --seed 3", "--seed and --seeds: leave one of them out"],
  ["--seeds nope", '--seeds "nope" is no range of seeds'],
  ["--seeds 2..1", '--seeds "2..1" is no range of seeds'],
  ["--seeds 1..2..3", '--seeds "1..2..3" is no range of seeds'],
  ["--swarm --raft --seed 1", "--swarm and --raft: leave one out"],
  ["--raft --seed 1 --events x", '--events "x" is no whole number'],
  ["--seed 1 --events 9", "--events cuts storms of Raft only; add --raft"],
  ["--swarm --seed 1 --without 3", "--without cuts storms of Raft only"],
  ["--raft --seed 1 --without 3,,4", '--without "3,,4" lists no accidents'],
  ["--raft --seed 1 --without 1-2-3", '--without "1-2-3" lists no accidents'],
  ["--raft --seed 1 --without 0-99999999999", "lists no accidents"],
  ["--seed 1 --from 3", 'there is no option "--from"'],
  ["--long --seeds nope", 'there is no option "--seeds"; there are --from, --to, --help'],
  ["--long --from 5 --to 4", "no seed is from 5 to 4; give --to a seed that is not below --from"],
])("simulate %s is refused in a sentence", (words, sentence) =>
  expect(() => askedBy(words === "" ? [] : words.split(" "))).toThrow(sentence),
);

test.each([
  [["--seed", "17", "extra"], '"extra" belongs to no option; leave it out'],
  [["--long", "--bogus"], 'there is no option "--bogus"; there are --from, --to, --help'],
])("the program refuses %j with its usage, and simulates nothing", (words, sentence) => {
  const { stdout, stderr, status } = spawnSync(process.execPath, [program, ...words], { encoding: "utf8" });
  expect([status, stdout]).toEqual([2, ""]);
  const [first, second] = stderr.split("\n");
  expect(first).toBe(sentence);
  expect(second).toMatch(/^usage: npm run simulate/);
  expect(stderr).not.toContain("    at ");
});

test("the program tells its usage, and does what it says", () => {
  const simulate = (...words: string[]) =>
    spawnSync(process.execPath, [program, ...words], { encoding: "utf8" });
  expect(simulate("--help")).toMatchObject({
    status: 0,
    stderr: "",
    stdout: expect.stringMatching(/^usage: /),
  });
  expect(simulate("--raft", "--seed", "1", "--quiet", "--events", "50")).toMatchObject({
    status: 0,
    stderr: "",
    stdout: expect.stringMatching(/^seed 1: Raft/),
  });
});
