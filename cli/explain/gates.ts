import { countText } from "../count-text.ts";
import { optionsOf, quorumOf } from "../../coordination/decision/electorate.ts";
import { needsOf, reaches } from "../../coordination/decision/gates.ts";
import { rules } from "../../coordination/decision/rules/rule.ts";
import { tallyOf } from "../../coordination/decision/tally.ts";
import type { Tally, Vote } from "../../coordination/decision/tally.ts";
import type {
  CountedBallot,
  DecisionOpened,
  Outcome,
} from "../../coordination/protocol/decision-messages.ts";

/** One condition of settling, in the order in which they are looked at. */
export type Gate = {
  readonly gate: "quorum" | "ballots" | "evidence" | "one leader" | "share" | "heads";
  readonly needs: string;
  readonly has: string;
  readonly passed: boolean;
};

/** The gates up to and including the first that is shut. */
export const gatesOf = (opened: DecisionOpened, outcome: Outcome): readonly Gate[] => {
  if (rules[opened.rule].isAdvice === true) return [];
  const all = allGates(opened, outcome);
  const shut = all.findIndex(({ passed }) => !passed);
  return shut < 0 ? all : all.slice(0, shut + 1);
};

/** The votes of an outcome, counted again by its rule. */
export const talliedAgain = (opened: DecisionOpened, { ballots }: Outcome): Tally =>
  (rules[opened.rule].tally ?? tallyOf)(optionsOf(opened), votesOf(ballots));

const votesOf = (ballots: readonly CountedBallot[]): readonly Vote[] =>
  ballots.flatMap((ballot) =>
    ballot.status === "counted" && ballot.option !== null ? [{ ...ballot, option: ballot.option }] : [],
  );

const allGates = (opened: DecisionOpened, outcome: Outcome): readonly Gate[] => {
  const { ballots, sharePpm } = outcome;
  const rule = rules[opened.rule];
  const { ranked, leaders, totalWeight, leadingShare, totalShare } = talliedAgain(opened, outcome);
  const votes = votesOf(ballots);
  const present = ballots.filter(({ status }) => status !== "missing").length;
  const turnout = { electors: ballots.length, present, cast: votes.length };
  const { thresholdPpm, heads } = needsOf(opened, turnout, rule.demand?.(opened, turnout));
  const quorum = quorumOf(ballots.length, opened.quorum);
  const most = ranked[0]?.heads ?? 0;
  const settling: readonly Gate[] = [
    {
      gate: "quorum",
      needs: `${quorum} present`,
      has: `${present} of ${ballots.length}`,
      passed: present >= quorum,
    },
    { gate: "ballots", needs: "1 that counts", has: String(votes.length), passed: votes.length > 0 },
    {
      gate: "evidence",
      needs: "some weight",
      has: countText(totalWeight),
      passed: totalWeight > 0 && leaders.length > 0,
    },
    {
      gate: "one leader",
      needs: "1 option ahead",
      has: String(leaders.length),
      passed: leaders.length === 1,
    },
  ];
  // Where any share will do, one head is mostly enough as well.
  if (thresholdPpm === 0 && heads <= 1) return settling;
  // In integers, as the gate itself does it: the share that is told is rounded.
  const isEnough = reaches(leadingShare, totalShare, thresholdPpm);
  return [
    ...settling,
    ...(thresholdPpm === 0 ? [] : [shareGate(sharePpm, thresholdPpm, isEnough)]),
    { gate: "heads", needs: String(heads), has: String(most), passed: most >= heads },
  ];
};

/** A share that is not enough is told so that it differs from the threshold, however close it comes. */
const shareGate = (sharePpm: number, thresholdPpm: number, passed: boolean): Gate => {
  const [has, needs] = [percent(sharePpm), percent(thresholdPpm)];
  const [shown, least] =
    passed || has !== needs
      ? [has, needs]
      : [exactPercent(Math.min(sharePpm, thresholdPpm - 1)), exactPercent(thresholdPpm)];
  return { gate: "share", needs: `${least} of the capped weight`, has: shown, passed };
};

const exactPercent = (ppm: number): string => `${ppm / 10_000} %`;

export const percent = (ppm: number): string => `${(ppm / 10_000).toFixed(1)} %`;
