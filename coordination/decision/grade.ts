import { binOf, usableConfidence } from "./calibration.ts";
import { constants } from "./constants.ts";
import { countsOf, domainOf, optionOf, withCounts } from "./trust.ts";
import type { AgentCounts, Count, DomainCounts, TrustCounts } from "./trust.ts";

/** What a ground truth says about the ballot of one agent in one decision. */
export type Grade = {
  readonly decision: string;
  readonly agent: string;
  readonly model: string;
  readonly domain: string;
  /** As stated in the ballot, in millionths; `null` if the voter could not tell. */
  readonly confidencePpm: number | null;
  /** What it voted for; absent if that is not known, and then nothing is learned of it. */
  readonly option?: string;
  readonly right: boolean;
};

/** Counts, and which grades are in them: agents by decision. Plain JSON. */
export type GradedTrust = {
  readonly counts: TrustCounts;
  readonly graded: Readonly<Record<string, readonly string[]>>;
};

/** Learns one grade. A second grade of the same agent in the same decision changes nothing. */
export const grade = (trust: GradedTrust, given: Grade): GradedTrust => {
  const { decision, agent, model } = given;
  const graded = Object.hasOwn(trust.graded, decision) ? (trust.graded[decision] ?? []) : [];
  if (graded.includes(agent)) return trust;
  return {
    counts: withCounts(trust.counts, agent, model, withAnswer(countsOf(trust.counts, agent, model), given)),
    graded: { ...trust.graded, [decision]: [...graded, agent] },
  };
};

/** The counts with one more answer. Halved at the bound, each by itself, so that recent answers tell. */
export const counted = ({ right, all }: Count, wasRight: boolean): Count =>
  decayed({ right: right + (wasRight ? 1 : 0), all: all + 1 });

/** Halved, rounding down, until below the bound. */
export const decayed = ({ right, all }: Count): Count =>
  all < constants.decayAt
    ? { right, all }
    : decayed({ right: Math.floor(right / 2), all: Math.floor(all / 2) });

/**
 * One more answer of an agent: overall, in its domain, and in the bin of the confidence that it stated. Whoever calls it sees to
 * it that each answer counts once.
 */
export const withAnswer = (
  agent: AgentCounts,
  { domain, confidencePpm, option, right }: Omit<Grade, "decision" | "agent" | "model">,
): AgentCounts => {
  const bin = binOf(usableConfidence(confidencePpm));
  const known = domainOf(agent, domain);
  const learned: DomainCounts = {
    ...counted(known, right),
    bins: known.bins.map((count, at) => (at === bin ? counted(count, right) : count)),
    ...(option === undefined
      ? {}
      : {
          options: withRoom({ ...known.options, [option]: counted(optionOf(known, option), right) }, option),
        }),
  };
  return { ...agent, ...counted(agent, right), domains: { ...agent.domains, [domain]: learned } };
};

/** At most as many options as are kept. The newest stays, or no option could ever become known. */
const withRoom = (
  options: Readonly<Record<string, Count>>,
  newest: string,
): Readonly<Record<string, Count>> => {
  const entries = Object.entries(options);
  if (entries.length <= constants.optionsKept) return options;
  const [rarest] = entries
    .filter(([option]) => option !== newest)
    .toSorted(([a, { all: ofA }], [b, { all: ofB }]) => ofA - ofB || (a < b ? -1 : 1));
  return Object.fromEntries(entries.filter(([option]) => option !== rarest?.[0]));
};
