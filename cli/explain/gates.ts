import { quorumOf } from "../../coordination/decision/electorate.ts";
import { leastHeads } from "../../coordination/decision/gates.ts";
import type { DecisionOpened, Outcome } from "../../coordination/protocol/decision-messages.ts";

/** One condition of settling, in the order in which they are looked at. */
export type Gate = {
  readonly gate: "quorum" | "ballots" | "evidence" | "one leader" | "share" | "heads";
  readonly needs: string;
  readonly has: string;
  readonly passed: boolean;
};

/** The gates up to and including the first that is shut. */
export const gatesOf = (opened: DecisionOpened, outcome: Outcome): readonly Gate[] => {
  const all = allGates(opened, outcome);
  const shut = all.findIndex(({ passed }) => !passed);
  return shut < 0 ? all : all.slice(0, shut + 1);
};

const allGates = (opened: DecisionOpened, { ballots, tally, sharePpm }: Outcome): readonly Gate[] => {
  const present = ballots.filter(({ status }) => status !== "missing").length;
  const cast = ballots.filter(({ status }) => status === "counted").length;
  const weight = tally.reduce((sum, option) => sum + option.weight, 0);
  const [first] = tally;
  const leaders = tally.filter(
    (option) => option.heads > 0 && option.weight === first?.weight && option.heads === first.heads,
  ).length;
  const quorum = quorumOf(ballots.length);
  const heads = leastHeads(opened.tier, ballots.length);
  const settling: readonly Gate[] = [
    {
      gate: "quorum",
      needs: `${quorum} present`,
      has: `${present} of ${ballots.length}`,
      passed: present >= quorum,
    },
    { gate: "ballots", needs: "1 that counts", has: String(cast), passed: cast > 0 },
    { gate: "evidence", needs: "some weight", has: weight.toLocaleString("en"), passed: weight > 0 },
    { gate: "one leader", needs: "1 option ahead", has: String(leaders), passed: leaders === 1 },
  ];
  if (opened.tier === "routine") return settling;
  return [
    ...settling,
    {
      gate: "share",
      needs: `${percent(opened.thresholdPpm)} of the capped weight`,
      has: percent(sharePpm),
      passed: sharePasses(opened, ballots, tally),
    },
    {
      gate: "heads",
      needs: String(heads),
      has: String(first?.heads ?? 0),
      passed: (first?.heads ?? 0) >= heads,
    },
  ];
};

// In integers, as the gate itself does it: the share that is told is rounded.
const sharePasses = (
  { thresholdPpm }: DecisionOpened,
  ballots: Outcome["ballots"],
  [first]: Outcome["tally"],
): boolean => {
  const total = ballots.reduce((sum, { shareWeight }) => sum + shareWeight, 0);
  const leading = ballots
    .filter(({ status, option }) => status === "counted" && option === first?.option)
    .reduce((sum, { shareWeight }) => sum + shareWeight, 0);
  return total > 0 && leading * 1_000_000 >= thresholdPpm * total;
};

export const percent = (ppm: number): string => `${(ppm / 10_000).toFixed(1)} %`;
