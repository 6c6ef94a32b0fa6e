import { expect, test } from "vitest";
import { readOptions, runByHand, wholeNumber } from "../../support/arguments.ts";

const options = { seed: "N", name: "NAME", quiet: "" };

test("options are read in any order, with their values behind them or in them", () => {
  expect(readOptions(["--quiet", "--seed", "-1", "--name=a=b"], options)).toEqual(
    new Map([
      ["quiet", ""],
      ["seed", "-1"],
      ["name", "a=b"],
    ]),
  );
  expect(readOptions([], options)).toEqual(new Map());
});

test.each([
  [
    "an unknown option",
    ["--bogus"],
    'there is no option "--bogus"; there are --seed, --name, --quiet, --help',
  ],
  ["an unknown option with a value", ["--bogus=1"], 'there is no option "--bogus"'],
  ["what every object has", ["--constructor"], 'there is no option "--constructor"'],
  ["a short option", ["-s"], 'there is no option "-s"'],
  ["a word too many", ["--seed", "17", "extra"], '"extra" belongs to no option; leave it out'],
  ["a word in two lines", ["a\nb"], '"a\\nb" belongs to no option'],
  ["two dashes", ["--", "--seed"], '"--" belongs to no option'],
  ["no value at the end", ["--seed"], "--seed has no value; write --seed N"],
  ["no value before the next option", ["--name", "--quiet"], "--name has no value; write --name NAME"],
  ["an empty value", ["--name="], "--name has no value; write --name NAME"],
  ["a value where none belongs", ["--quiet=yes"], '--quiet takes no value; leave out "yes"'],
  ["an option twice", ["--seed", "1", "--seed", "2"], "--seed is there twice; keep one of them"],
])("refuses %s, and names the word", (_, words, sentence) =>
  expect(() => readOptions(words, options)).toThrow(sentence),
);

test.each(["-1", "1.5", "1e3", "0x1", "101", "99999999999999999999", "x", " "])(
  "%j is no whole number up to 100",
  (word) =>
    expect(() => wholeNumber(new Map([["seed", word]]), "seed", 100)).toThrow(
      `--seed ${JSON.stringify(word)} is no whole number from 0 to 100`,
    ),
);

test("whole numbers are read, and what was not typed is no number", () => {
  expect(["0", "007", "100"].map((word) => wholeNumber(new Map([["seed", word]]), "seed", 100))).toEqual([
    0, 7, 100,
  ]);
  expect(wholeNumber(new Map(), "seed", 100)).toBeUndefined();
});

test.each([
  ["does what is asked", ["--seed", "3"], { status: 3, out: [], err: [] }],
  ["tells its usage when asked", ["--bogus", "--help"], { status: 0, out: ["usage"], err: [] }],
  ["tells it by -h", ["-h"], { status: 0, out: ["usage"], err: [] }],
  ["tells what is wrong, and its usage", ["--quiet=1"], { status: 2, out: [], err: [/^--quiet/, "usage"] }],
])("a program %s", async (_, words, { status, out, err }) => {
  const [printed, complained]: [string[], string[]] = [[], []];
  const ended = await runByHand({
    words,
    usage: "usage",
    read: (typed) => readOptions(typed, options),
    act: (typed) => Number(typed.get("seed")),
    print: (line) => printed.push(line),
    complain: (line) => complained.push(line),
  });
  expect(ended).toBe(status);
  expect(printed).toEqual(out);
  expect(complained).toEqual(
    err.map((line) => (typeof line === "string" ? line : expect.stringMatching(line))),
  );
});
