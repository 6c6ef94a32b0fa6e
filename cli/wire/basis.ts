import type { RunPlan } from "../../actors/workflow/plan.ts";
import { decodeTrust } from "../../coordination/decision/decode-trust.ts";
import type { TrustCounts } from "../../coordination/decision/trust.ts";
import type { EventLog } from "../../coordination/log/log.ts";
import { SwarmError } from "../../coordination/protocol/errors.ts";
import type { RunId } from "../../coordination/protocol/ids.ts";
import type { Footprint } from "../../inference/scheduling/memory.ts";
import type { Json } from "../../coordination/protocol/json.ts";
import type { HeaderRow } from "../../coordination/protocol/row.ts";

/** The format of what a header holds under `plan`. */
const planVersion = 1;

/** A model as a run found it: `digest` is the sha256 of its file, or a name where there is no file. */
export type ModelIdentity = {
  readonly digest: string;
  readonly provider: string;
  /** What it takes of the memory, as far as its file tells; absent where it does not, and where the model is none of ours. */
  readonly footprint?: Footprint;
  /** What it holds of the memory from the beginning to the end. Absent: nothing. */
  readonly pinnedBytes?: number;
  /** Where a model that was named by reference lies. */
  readonly file?: string;
  /** Tokens that it computes at once. */
  readonly batch?: number;
};

/** What the actors of a run are made from: the contents of its header. */
export type RunBasis = {
  readonly run: RunId;
  readonly plan: RunPlan;
  readonly models: Readonly<Record<string, ModelIdentity>>;
  readonly trust: TrustCounts;
};

/** Reads a header back. Throws `LOG_VERSION` where another version of swarm wrote a plan that this one cannot read. */
export const basisOf = (header: HeaderRow): RunBasis => {
  const { plan } = header;
  if (typeof plan !== "object" || plan === null || !("version" in plan) || plan.version !== planVersion) {
    throw new SwarmError(
      "LOG_VERSION",
      `run ${header.run} was recorded by swarm ${header.swarm}; use that version to read it`,
    );
  }
  return {
    run: header.run,
    // The header was written by this very format version, from a checked plan.
    plan: plan as unknown as RunPlan,
    models: header.models as unknown as RunBasis["models"],
    trust: decodeTrust(header.trust),
  };
};

/** How the task of a run declares its outputs. */
export const outputSpecs = (log: EventLog, run: RunId): RunPlan["outputs"] => {
  const header = log.summary(run)?.first.row;
  return header?.type === "header" ? basisOf(header).plan.outputs : {};
};

/** The members of a header that `basisOf` reads. */
export const headerParts = ({
  plan,
  models,
  trust,
}: Omit<RunBasis, "run">): { plan: Json; models: Json; trust: Json } => ({
  plan,
  models,
  trust,
});
