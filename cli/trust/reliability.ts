import { binOf, usableConfidence } from "../../coordination/decision/calibration.ts";
import { constants } from "../../coordination/decision/constants.ts";
import type { Mark } from "../../coordination/decision/marks.ts";
import { BIN_COUNT } from "../../coordination/decision/trust.ts";
import { table } from "../output.ts";

/** What was said in one bin of confidence, and how often it was right. `stated` is the mean; `null` without answers. */
export type ReliabilityBin = {
  readonly from: number;
  readonly to: number;
  readonly right: number;
  readonly all: number;
  readonly stated: number | null;
};

export type Reliability = {
  readonly bins: readonly ReliabilityBin[];
  readonly right: number;
  readonly all: number;
  /** Mean of what was stated, 0 to 1. */
  readonly stated: number;
  /** Expected calibration error: the mean distance between said and right, over the answers. */
  readonly error: number;
};

export const reliabilityOf = (marks: readonly Mark[]): Reliability => {
  const bins = Array.from({ length: BIN_COUNT }, () => ({ right: 0, all: 0, sum: 0 }));
  for (const { right, confidencePpm } of marks) {
    const stated = usableConfidence(confidencePpm);
    const bin = bins[binOf(stated)];
    if (right === null || bin === undefined) continue;
    bin.all += 1;
    bin.sum += stated;
    if (right) bin.right += 1;
  }
  const total = (member: "right" | "all" | "sum"): number => bins.reduce((sum, bin) => sum + bin[member], 0);
  const all = total("all");
  return {
    bins: bins.map((bin, at) => ({
      from: constants.binEdges[at - 1] ?? 0,
      to: constants.binEdges[at] ?? 1,
      right: bin.right,
      all: bin.all,
      stated: bin.all === 0 ? null : bin.sum / bin.all,
    })),
    right: total("right"),
    all,
    stated: all === 0 ? 0 : total("sum") / all,
    error: all === 0 ? 0 : bins.reduce((sum, bin) => sum + Math.abs(bin.right - bin.sum), 0) / all,
  };
};

const width = 30;

/** A reliability diagram: the bar is how often it was right, the stroke what was said. */
export const reliabilityText = ({ bins, right, all, stated, error }: Reliability): string => {
  const rows = bins.map((bin) => [
    `${percent(bin.from, 1)} to ${percent(bin.to, 1)}`,
    bar(bin),
    bin.stated === null ? "" : `${percent(bin.right / bin.all)} right`,
    bin.stated === null ? "" : `${percent(bin.stated)} said`,
    bin.all === 0 ? "" : `${bin.right} of ${bin.all}`,
  ]);
  const diagram = table([["SAYS", `${"│".padEnd(2)}= said, █ = right`, "", "", "ANSWERS"], ...rows]);
  if (all === 0) return `${diagram}\nno answer of it was graded`;
  const gap = stated - right / all;
  const verdict =
    Math.abs(gap) < 0.05 ? "about as sure as it should be" : gap > 0 ? "too sure" : "not sure enough";
  return `${diagram}\nsays ${percent(stated)}, is right ${percent(right / all)}: ${verdict} (expected calibration error ${error.toFixed(3)})`;
};

const bar = ({ right, all, stated }: ReliabilityBin): string => {
  if (stated === null) return "·".repeat(width);
  const full = Math.round((right / all) * width);
  const cells: string[] = Array.from({ length: width }, (_, at) => (at < full ? "█" : "░"));
  cells[Math.min(width - 1, Math.floor(stated * width))] = "│";
  return cells.join("");
};

const percent = (part: number, digits = 1): string => `${(part * 100).toFixed(digits).replace(/\.0$/, "")} %`;
