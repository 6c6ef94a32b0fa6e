import type { DecisionOpened, Outcome } from "../protocol/decision-messages.ts";
import { binOf, calibration } from "./calibration.ts";
import type { Pool } from "./calibration.ts";
import { PPM, toPpm } from "./constants.ts";
import { marksOf, type Mark } from "./marks.ts";
import { countsOf } from "./trust.ts";
import type { TrustCounts } from "./trust.ts";

/**
 * The name that a team's collective confidence is kept under, as if it were an agent, with the rule as its model: a softmax of weights is no
 * probability until it was held against the truth. No agent can be called so.
 */
export const teamAgent = "(team)";

/** Collective confidence as often right as it says, in millionths; `undefined` as long as no truth has taught it. */
export const calibratedTogether = (
  trust: TrustCounts,
  { rule, domain }: Pick<DecisionOpened, "rule" | "domain">,
  confidencePpm: number,
  pool: Pool,
): number | undefined => {
  const counts = countsOf(trust, teamAgent, rule);
  if (counts.all === 0) return undefined;
  const calibrated = calibration(counts, domain, pool)[binOf(confidencePpm / PPM)];
  return calibrated === undefined ? undefined : toPpm(calibrated);
};

/** Everything that a truth teaches about a decision: of every elector, of the team as a whole, and of the judge that ruled. */
export const lessonsOf = (
  run: string,
  opened: DecisionOpened,
  outcome: Outcome,
  truth: string,
): readonly Mark[] => [
  ...marksOf(run, opened, outcome, truth),
  ...teamMark(run, opened, outcome, truth),
  ...judgeMark(run, opened, outcome, truth),
];

const judgeMark = (
  run: string,
  { decision, domain, judge }: DecisionOpened,
  { ruling }: Outcome,
  truth: string,
): readonly Mark[] => {
  if (judge === undefined || ruling?.by !== "judge" || ruling.option === null) return [];
  const { option, confidencePpm = null } = ruling;
  const base = { run, decision, agent: judge.agent, model: judge.model, domain, truth } as const;
  return [{ ...base, conduct: "answered", option, confidencePpm, right: option === truth }];
};

/** What a truth says of the team as a whole. A tie is no answer, and a ruling is not the team's. */
const teamMark = (
  run: string,
  { decision, rule, domain }: DecisionOpened,
  { option, ruling, confidencePpm }: Outcome,
  truth: string,
): readonly Mark[] => {
  const recommended = ruling === undefined ? option : ruling.recommended;
  if (recommended === null) return [];
  const right = recommended === truth;
  const base = { run, decision, agent: teamAgent, model: rule, domain, truth } as const;
  return [{ ...base, conduct: "answered", option: recommended, confidencePpm, right }];
};
