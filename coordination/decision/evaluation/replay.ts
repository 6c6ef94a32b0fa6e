import type { Tier } from "../../protocol/decision-messages.ts";
import { binOf, calibration } from "../calibration.ts";
import { PPM, clamp } from "../constants.ts";
import { withAnswer } from "../grade.ts";
import { countsOf, emptyAgent, emptyTrust, withCounts } from "../trust.ts";
import type { AgentCounts, TrustCounts } from "../trust.ts";
import { recordedModel } from "./contestants.ts";
import type { Contestant, Verdict } from "./contestants.ts";
import { voteOf } from "./recorded.ts";
import type { RecordedQuestion } from "./recorded.ts";

/** How one contestant fared, a number a question. */
export type Track = {
  readonly name: string;
  /** 1 if right, 0 if wrong, and between options that it could not tell apart the chance of a coin. */
  readonly credit: Float64Array;
  readonly confidence: Float64Array;
  readonly recalibrated: Float64Array;
  /** 1 where a decision of the tier would settle. */
  readonly settled: Readonly<Record<Tier, Uint8Array>>;
};

export type Pass = {
  readonly questions: readonly RecordedQuestion[];
  /** What trust is learned from beside the truth: the falsified answer of each question. */
  readonly falseGolds: readonly string[];
  readonly team: readonly string[];
  readonly thresholdPpm: number;
};

/**
 * One pass through the questions in their order. Each is answered with what the earlier ones taught, then the right answer
 * is revealed and learned. Confidence is recalibrated the same way, as if the whole team were one more agent.
 */
export const replayTeam = (pass: Pass, contestants: readonly Contestant[]): readonly Track[] => {
  const tracks = contestants.map(({ name }) => emptyTrack(name, pass.questions.length));
  const collective = contestants.map(() => emptyAgent);
  let trust = emptyTrust;
  let falseTrust = emptyTrust;
  for (const [at, question] of pass.questions.entries()) {
    const seat = { question, team: pass.team, thresholdPpm: pass.thresholdPpm, trust, falseTrust };
    for (const [which, { judge }] of contestants.entries()) {
      const track = tracks[which];
      if (track === undefined) continue;
      const verdict = judge(seat);
      collective[which] = noted(track, at, verdict, question, collective[which] ?? emptyAgent);
    }
    trust = taught(trust, question, pass.team, question.gold);
    falseTrust = taught(falseTrust, question, pass.team, pass.falseGolds[at] ?? question.gold);
  }
  return tracks;
};

const emptyTrack = (name: string, length: number): Track => ({
  name,
  credit: new Float64Array(length),
  confidence: new Float64Array(length),
  recalibrated: new Float64Array(length),
  settled: {
    routine: new Uint8Array(length),
    standard: new Uint8Array(length),
    critical: new Uint8Array(length),
  },
});

/** Writes down what came of one verdict; gives back what is now known of the contestant's confidence. */
const noted = (
  track: Track,
  at: number,
  { leaders, confidence, settles }: Verdict,
  { domain, gold }: RecordedQuestion,
  known: AgentCounts,
): AgentCounts => {
  track.credit[at] = leaders.includes(gold) ? 1 / leaders.length : 0;
  track.confidence[at] = confidence;
  track.recalibrated[at] = calibration(known, domain)[binOf(confidence)] ?? confidence;
  for (const tier of ["routine", "standard", "critical"] as const)
    track.settled[tier][at] = settles?.[tier] === true ? 1 : 0;
  const confidencePpm = Math.round(PPM * clamp(confidence, 0, 1));
  // A tie is no answer: there is nothing to be right or wrong.
  return leaders.length === 1
    ? withAnswer(known, { domain, confidencePpm, right: leaders[0] === gold })
    : known;
};

const taught = (
  trust: TrustCounts,
  question: RecordedQuestion,
  team: readonly string[],
  gold: string,
): TrustCounts =>
  team.reduce((known, agent) => {
    const vote = voteOf(question, agent);
    if (vote === undefined) return known;
    const { option, confidencePpm } = vote;
    const answer = { domain: question.domain, confidencePpm, right: option === gold };
    return withCounts(known, agent, recordedModel, withAnswer(countsOf(known, agent, recordedModel), answer));
  }, trust);
