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

/** What the models of a plan are right now: the digest of each file. Throws `NO_MODEL`. */
export const identifyModels = async (plan: RunPlan, shelf: VoterShelf): Promise<RunBasis["models"]> => {
  const entries = Object.entries(plan.models).map(
    async ([name, spec]) => [name, { provider: spec.provider, digest: await digestOf(spec, shelf) }] as const,
  );
  return Object.fromEntries(await Promise.all(entries));
};

const digestOf = async (spec: ModelSpec, shelf: VoterShelf): Promise<string> => {
  switch (spec.provider) {
    case "voter":
      return `sha256:${shelf(spec.voter).sha256}`;
    case "llama":
      return modelDigest(spec.file);
    case "scripted":
      return `script:${sourceDigest(canonical(spec.replies))}`;
    case "openai-compatible":
      // Who answers there nobody can check. How sure it is depends on how it was asked, and so does what is learned about it.
      return `remote:${spec.baseUrl.replace(/^https?:\/\//, "")}#${spec.model}#${spec.confidence}`;
  }
};
