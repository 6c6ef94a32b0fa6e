import { expect, test } from "vitest";
import { reliabilityOf, reliabilityText } from "../../../../cli/trust/reliability.ts";
import type { Mark } from "../../../../coordination/decision/marks.ts";

const mark = (right: boolean | null, confidence: number | null): Mark => ({
  run: "r",
  decision: "d",
  agent: "a",
  model: "m",
  domain: "sec",
  truth: "A",
  conduct: right === null ? "abstained" : "answered",
  option: right === null ? null : "A",
  confidencePpm: confidence === null ? null : Math.round(confidence * 1e6),
  right,
});

const marks = [mark(true, 0.9), mark(true, 0.88), mark(false, 0.9), mark(true, 0.5), mark(null, null)];

test("what was said in each bin is held against how often it was right; who abstained said nothing", () => {
  const { bins, right, all, stated, error } = reliabilityOf(marks);
  expect([right, all]).toEqual([3, 4]);
  expect(stated).toBeCloseTo((0.9 + 0.88 + 0.9 + 0.5) / 4, 12);
  expect(error).toBeCloseTo((Math.abs(2 - 2.68) + Math.abs(1 - 0.5)) / 4, 12);
  expect(bins.map(({ from, to, ...bin }) => [from, to, bin.right, bin.all])).toEqual([
    [0, 0.5, 0, 0],
    [0.5, 0.65, 1, 1],
    [0.65, 0.75, 0, 0],
    [0.75, 0.85, 0, 0],
    [0.85, 0.925, 2, 3],
    [0.925, 0.975, 0, 0],
    [0.975, 1, 0, 0],
  ]);
  expect(bins[4]?.stated).toBeCloseTo(2.68 / 3, 12);
  expect(bins[0]?.stated).toBeNull();
});

test("who gave no confidence is counted as undecided, one half", () => {
  expect(reliabilityOf([mark(true, null)])).toMatchObject({ all: 1, stated: 0.5 });
});

test("a diagram: the bar is how often it was right, the stroke what it said", () => {
  const lines = reliabilityText(reliabilityOf(marks)).split("\n");
  expect(lines).toHaveLength(9);
  expect(lines[1]).toMatch(/^0 % to 50 % +·{30}$/);
  expect(lines[2]).toMatch(/^50 % to 65 % +█{15}│█{14} +100 % right +50 % said +1 of 1$/);
  expect(lines[5]).toMatch(/^85 % to 92\.5 % +█{20}░{6}│░{3} +66\.7 % right +89\.3 % said +2 of 3$/);
});

test.each([
  ["too sure", 0.9, [true, false]],
  ["not sure enough", 0.6, [true, true]],
  ["about as sure as it should be", 0.52, [true, false]],
])("what follows is that it is %s", (verdict, confidence, answers) => {
  const text = reliabilityText(reliabilityOf(answers.map((right) => mark(right, confidence))));
  expect(text).toMatch(
    new RegExp(`is right \\d+ %: ${verdict} \\(expected calibration error 0\\.\\d{3}\\)$`),
  );
});

test("of who never answered nothing is said", () => {
  const text = reliabilityText(reliabilityOf([mark(null, null)]));
  expect(text).toMatch(/\nno answer of it was graded$/);
  expect(text).not.toContain("sure");
});
