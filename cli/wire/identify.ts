import { join } from "node:path";
import type { ModelSpec, RunPlan } from "../../actors/workflow/plan.ts";
import { SwarmError } from "../../coordination/protocol/errors.ts";
import { canonical } from "../../coordination/protocol/json.ts";
import { modelDigest } from "../../inference/llama/digest.ts";
import { shippedVoters, type ShippedVoter } from "../../inference/voters/manifest.ts";
import type { RunBasis } from "./basis.ts";
import { sourceDigest } from "./digest.ts";
import { packageRoot } from "./package.ts";

export const votersFolder = (): string => join(packageRoot(), "inference", "voters", "models");

/** A voter that ships. Throws `NO_MODEL` for a name that none has. */
export const shippedVoter = (name: string): ShippedVoter => {
  const { voters } = shippedVoters(votersFolder());
  const voter = voters.find((each) => each.name === name);
  if (voter !== undefined) return voter;
  throw new SwarmError(
    "NO_MODEL",
    `there is no voter ${name}; these ship: ${voters.map((each) => each.name).join(", ")}`,
  );
};

/** What the models of a plan are right now: the digest of each file. Throws `NO_MODEL`. */
export const identifyModels = async (plan: RunPlan): Promise<RunBasis["models"]> => {
  const entries = Object.entries(plan.models).map(
    async ([name, spec]) => [name, { provider: spec.provider, digest: await digestOf(spec) }] as const,
  );
  return Object.fromEntries(await Promise.all(entries));
};

const digestOf = async (spec: ModelSpec): Promise<string> => {
  switch (spec.provider) {
    case "voter":
      return `sha256:${shippedVoter(spec.voter).sha256}`;
    case "llama":
      return modelDigest(spec.file);
    case "scripted":
      return `script:${sourceDigest(canonical(spec.replies))}`;
  }
};
