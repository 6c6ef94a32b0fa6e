import { explanationOf, type Explanation } from "../../cli/explain/explanation.ts";
import { settle } from "../../coordination/decision/settle.ts";
import type { TrustCounts } from "../../coordination/decision/trust.ts";
import type { BallotCast, DecisionOpened } from "../../coordination/protocol/decision-messages.ts";
import { runId } from "../../coordination/protocol/ids.ts";
import { closing } from "../property/decision-cases.ts";
import { planOf } from "./plans.ts";

export type Votes = {
  readonly opened: DecisionOpened;
  readonly ballots: readonly BallotCast[];
  readonly trust: TrustCounts;
};

/** A decision that is closed with these ballots, explained. */
export const explained = ({ opened, ballots, trust }: Votes): Explanation => {
  const outcome = settle(closing({ opened, ballots, trust, liars: [] }), trust);
  const basis = { run: runId("r"), plan: planOf([]), models: {}, trust };
  return explanationOf({ opened, answered: [], outcome }, outcome, basis, undefined);
};
