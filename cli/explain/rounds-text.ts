import { movedBetween } from "../../coordination/decision/rounds.ts";
import type { CountedBallot, Outcome, Ruling } from "../../coordination/protocol/decision-messages.ts";
import { printable } from "../output.ts";
import { percent } from "./gates.ts";

/** How a decision ended, in one line. */
export const outcomeWords = ({ settled, option, reason, ruling }: Outcome): string => {
  const chosen = printable(option ?? "nothing");
  const why = `${reason}: ${reasonWords[reason ?? ""] ?? ""}`;
  if (ruling !== undefined && ruling.option !== null) {
    const votes = reason === undefined ? "" : `; the votes did not settle it (${why})`;
    return `ruled by ${rulerOf(ruling)}: ${chosen}${votes}${becauseOf(ruling.reason)}`;
  }
  const silent = ruling === undefined ? "" : `; ${rulerOf(ruling)} did not rule${becauseOf(ruling.reason)}`;
  const words = reasonWords[reason ?? ""] ?? "";
  return settled ? `settled: ${chosen}` : `not settled (${reason}): ${words}; recommends ${chosen}${silent}`;
};

export const rulerOf = ({ judge }: Ruling): string =>
  judge === undefined ? "a person" : `the judge ${printable(judge)}`;

const becauseOf = (reason: string | undefined): string =>
  reason === undefined || reason === "" ? "" : `; "${printable(reason.replace(/\s+/g, " ").trim())}"`;

/** One line a round, where there were several: how it ended, and who changed its mind in it. */
export const roundsText = (outcome: Outcome): string => {
  const { earlier = [] } = outcome;
  if (earlier.length === 0) return "";
  return [...earlier, outcome]
    .map(({ kind = "first", reason, option, sharePpm, ballots }, at) => {
      const ended = reason === undefined ? `settled on ${printable(option ?? "")}` : reason;
      return `  ${at + 1}. ${kind}: ${ended}, share ${percent(sharePpm)}${movesText(earlier[at - 1]?.ballots, ballots)}`;
    })
    .join("\n");
};

const movesText = (before: readonly CountedBallot[] | undefined, after: readonly CountedBallot[]): string => {
  if (before === undefined) return "";
  const from = new Map(before.map(({ voter, option }) => [voter, option]));
  const moved = new Set(movedBetween(before, after));
  if (moved.size === 0) return "; nobody moved";
  return `; ${after
    .filter(({ voter }) => moved.has(voter))
    .map(
      ({ voter, option }) => `${printable(voter)} moved from ${wordOf(from.get(voter))} to ${wordOf(option)}`,
    )
    .join(", ")}`;
};

const wordOf = (option: string | null | undefined): string =>
  option === null || option === undefined ? "no vote" : printable(option);

const reasonWords: Readonly<Record<string, string>> = {
  "no-quorum": "too few electors are present",
  "all-abstain": "no ballot counts",
  "no-evidence": "all weights are zero",
  tie: "equal weight and equal heads",
  "below-threshold": "the share is too small",
  "too-few-heads": "the share would do, the heads do not",
  "no-ruling": "the judge abstained or did not answer",
  deadline: "time ran out while electors were missing",
};
