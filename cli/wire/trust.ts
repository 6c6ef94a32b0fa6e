import type { RunPlan } from "../../actors/workflow/plan.ts";
import { priorFrom, type HeldOut } from "../../coordination/decision/prior.ts";
import { emptyTrust, withCounts, type TrustCounts } from "../../coordination/decision/trust.ts";
import type { RunBasis } from "./basis.ts";
import type { VoterShelf } from "./identify.ts";

/**
 * The trust that a run starts from: the held-out counts of the voters that ship, for each agent that is one. They were
 * counted by the area that a line is of, so a decision whose domain is that area weighs specialists by what they know.
 */
export const shippedTrust = (plan: RunPlan, models: RunBasis["models"], shelf: VoterShelf): TrustCounts => {
  let trust = emptyTrust;
  for (const { name, model } of Object.values(plan.agents)) {
    const spec = plan.models[model];
    const digest = models[model]?.digest;
    if (spec?.provider !== "voter" || digest === undefined) continue;
    trust = withCounts(trust, name, digest, priorFrom(wholeCounts(shelf(spec.voter).prior.severity)));
  }
  return trust;
};

// The manifest scales counts down to a modest prior; trust counts whole answers.
const wholeCounts = (heldOut: HeldOut): HeldOut =>
  Object.fromEntries(
    Object.entries(heldOut).map(([domain, bins]) => [
      domain,
      bins.map(({ right, all }) => ({ right: Math.round(right), all: Math.round(all) })),
    ]),
  );
