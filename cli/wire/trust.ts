import { outlineOf } from "../../actors/workflow/outline.ts";
import type { RunPlan } from "../../actors/workflow/plan.ts";
import { priorFrom, type HeldOut } from "../../coordination/decision/prior.ts";
import { teamAgent } from "../../coordination/decision/team.ts";
import { emptyAgent, emptyTrust, withCounts, type TrustCounts } from "../../coordination/decision/trust.ts";
import type { PriorOf, TrustLedger } from "../../coordination/ledger/ledger.ts";
import type { ShippedVoter } from "../../inference/voters/manifest.ts";
import type { RunBasis } from "./basis.ts";
import type { VoterShelf } from "./identify.ts";

/**
 * The trust that a run starts from, and is held to: for each of its agents what the ledger has learned, or else the held-out counts of
 * the voter behind it, if it is one; and what its rules have come to together. Those were counted by the area that a line is of, so a decision whose domain is that
 * area weighs specialists by what they know.
 */
export const startingTrust = (
  plan: RunPlan,
  models: RunBasis["models"],
  shelf: VoterShelf,
  ledger: TrustLedger,
): TrustCounts => {
  let trust = emptyTrust;
  const asked = Object.values(plan.agents).flatMap(({ name, model, fallback = [] }) =>
    [model, ...fallback].map((each) => ({ name, model: each })),
  );
  for (const { name, model } of asked) {
    const spec = plan.models[model];
    const digest = models[model]?.digest;
    if (spec === undefined || digest === undefined) continue;
    const learned = ledger.standing(name, digest)?.counts;
    if (learned !== undefined) trust = withCounts(trust, name, digest, learned);
    else if (spec.provider === "voter")
      trust = withCounts(trust, name, digest, shippedCounts(shelf(spec.voter)));
  }
  for (const rule of rulesOf(plan)) {
    const together = ledger.standing(teamAgent, rule)?.counts;
    if (together !== undefined) trust = withCounts(trust, teamAgent, rule, together);
  }
  return trust;
};

const rulesOf = ({ steps }: RunPlan): ReadonlySet<string> =>
  new Set([...outlineOf(steps).values()].flatMap(({ step }) => (step.type === "decide" ? [step.rule] : [])));

/** What a model ships with, by its digest: the first mark of an agent is counted on top of it. */
export const shippedPrior = (voters: () => readonly ShippedVoter[]): PriorOf => {
  let known: ReadonlyMap<string, ShippedVoter> | undefined;
  return (model) => {
    known ??= new Map(voters().map((voter) => [`sha256:${voter.sha256}`, voter]));
    const voter = known.get(model);
    return voter === undefined ? emptyAgent : shippedCounts(voter);
  };
};

const shippedCounts = (voter: ShippedVoter) => priorFrom(wholeCounts(voter.prior.severity));

// The manifest scales counts down to a modest prior; trust counts whole answers.
const wholeCounts = (heldOut: HeldOut): HeldOut =>
  Object.fromEntries(
    Object.entries(heldOut).map(([domain, bins]) => [
      domain,
      bins.map(({ right, all }) => ({ right: Math.round(right), all: Math.round(all) })),
    ]),
  );
