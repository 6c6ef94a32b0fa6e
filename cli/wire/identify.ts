import { join } from "node:path";
import type { ModelSpec, RunPlan } from "../../actors/workflow/plan.ts";
import { SwarmError } from "../../coordination/protocol/errors.ts";
import { canonical } from "../../coordination/protocol/json.ts";
import { modelDigest } from "../../inference/llama/digest.ts";
import { isReference } from "../../inference/llama/model-reference.ts";
import { fetchModel, type ModelStoreConfig } from "../../inference/llama/model-store.ts";
import { shippedVoters, type ShippedVoter } from "../../inference/voters/manifest.ts";
import type { ModelIdentity, RunBasis } from "./basis.ts";
import { sourceDigest } from "./digest.ts";
import { withFootprints } from "./footprints.ts";
import { pinnedVoterBytes } from "./memory.ts";
import { packageRoot } from "./package.ts";
import { askedModels } from "./secrets.ts";
import { modelSettings } from "./settings.ts";

export const votersFolder = (): string => join(packageRoot(), "inference", "voters", "models");

/** Finds a voter that ships by its name. Throws `NO_MODEL` for a name that none has. */
export type VoterShelf = (name: string) => ShippedVoter;

/** The voters that ship; their manifest is read when the first one is asked for. */
export const voterShelf = (): VoterShelf => {
  let voters: readonly ShippedVoter[] | undefined;
  return (name) => {
    voters ??= shippedVoters(votersFolder()).voters;
    const voter = voters.find((each) => each.name === name);
    if (voter !== undefined) return voter;
    const known = voters.map((each) => each.name).join(", ");
    throw new SwarmError("NO_MODEL", `there is no voter ${name}; these ship: ${known}`);
  };
};

/**
 * What the models of a plan are right now: the digest of each file, and what it takes of the memory. Those that are named by
 * reference are downloaded where they are not here. Throws `NO_MODEL`.
 */
export const identifyModels = async (
  plan: RunPlan,
  shelf: VoterShelf,
  downloads: ModelStoreConfig = modelSettings(),
): Promise<RunBasis["models"]> => {
  const asked = askedModels(plan);
  const entries = Object.entries(plan.models).map(async ([name, spec]) => {
    const { pinnedBytes, ...identity } = await identityOf(spec, shelf, downloads);
    // What nobody asks is never loaded.
    const pinned = pinnedBytes !== undefined && asked.has(name) ? { pinnedBytes } : {};
    return [name, { provider: spec.provider, ...identity, ...pinned }] as const;
  });
  return withFootprints(plan, Object.fromEntries(await Promise.all(entries)));
};

const identityOf = async (
  spec: ModelSpec,
  shelf: VoterShelf,
  downloads: ModelStoreConfig,
): Promise<Pick<ModelIdentity, "digest" | "file" | "pinnedBytes">> => {
  switch (spec.provider) {
    case "voter": {
      const voter = shelf(spec.voter);
      return { digest: `sha256:${voter.sha256}`, pinnedBytes: pinnedVoterBytes(voter) };
    }
    case "llama": {
      if (!isReference(spec.file)) return { digest: await modelDigest(spec.file) };
      const { file, digest } = await fetchModel(spec.file, downloads);
      return { file, digest };
    }
    case "scripted":
      return { digest: `script:${sourceDigest(canonical(spec.replies))}` };
    case "openai-compatible":
      // Who answers there nobody can check. How sure it is depends on how it was asked, and so does what is learned about it.
      return {
        digest: `remote:${spec.baseUrl.replace(/^https?:\/\//, "")}#${spec.model}#${spec.confidence}${spec.samples ?? ""}`,
      };
  }
};
