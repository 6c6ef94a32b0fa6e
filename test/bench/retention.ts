import { conversationOf } from "../support/conversations.ts";
import { compressed, recalledPart, scoresOf, tokensOf, truncated } from "../support/retention.ts";

/**
 * How much of a conversation can still be answered once it is shortened: the reader's accuracy after over that before. The questions
 * are hidden from the compressor; in the last column it knows them, and recalls. The baseline is truncation.
 */
const SEEDS = Array.from({ length: Number(process.argv[2] ?? 20) }, (_, index) => 1000 + index);
const RATIOS = [2, 4, 8, 16, 32];
const GOAL = 0.95;

const conversations = SEEDS.map((seed) => conversationOf(seed));
const mean = (numbers: readonly number[]): number =>
  numbers.reduce((sum, each) => sum + each, 0) / numbers.length;
/** Half of a 95 % interval over the conversations. */
const margin = (numbers: readonly number[]): number => {
  const centre = mean(numbers);
  const variance = mean(numbers.map((each) => (each - centre) ** 2));
  return (1.96 * Math.sqrt(variance)) / Math.sqrt(Math.max(1, numbers.length - 1));
};
const percent = (numbers: readonly number[]): string =>
  `${(100 * mean(numbers)).toFixed(1)} ±${(100 * margin(numbers)).toFixed(1)} %`;

const before = conversations.map((each) => scoresOf(each.lines, each).right);
console.log(
  `${conversations.length} conversations of ${Math.round(mean(conversations.map(({ lines }) => tokensOf(lines))))} tokens, ` +
    `${conversations[0]?.questions.length ?? 0} questions each, answered before: ${percent(conversations.map((one, index) => (before[index] ?? 0) / one.questions.length))}`,
);
console.log("ratio      retention      stale          truncation     stale          with recall");
let breaks: number | undefined;
for (const ratio of RATIOS) {
  const kept = conversations.map((one) => scoresOf(compressed(one, ratio), one));
  const cut = conversations.map((one) => scoresOf(truncated(one, ratio), one));
  const retention = kept.map(({ right }, index) => right / (before[index] ?? 1));
  if (mean(retention) < GOAL) breaks ??= ratio;
  const columns = [
    percent(retention),
    percent(kept.map(({ stale, all }) => stale / all)),
    percent(cut.map(({ right }, index) => right / (before[index] ?? 1))),
    percent(cut.map(({ stale, all }) => stale / all)),
    percent(conversations.map((one) => recalledPart(one, ratio))),
  ];
  console.log(`${`${ratio}x`.padEnd(11)}${columns.map((column) => column.padEnd(15)).join("")}`.trimEnd());
}
console.log(
  breaks === undefined
    ? `retention stays at ${100 * GOAL} % or above up to ${RATIOS.at(-1)}x`
    : `retention first breaks ${100 * GOAL} % at ${breaks}x`,
);
