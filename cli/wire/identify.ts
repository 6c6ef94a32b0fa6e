import { join } from "node:path";
import type { ModelSpec, RunPlan } from "../../actors/workflow/plan.ts";
import { SwarmError } from "../../coordination/protocol/errors.ts";
import { canonical } from "../../coordination/protocol/json.ts";
import { footprintOf } from "../../inference/footprint.ts";
import { modelDigest } from "../../inference/llama/digest.ts";
import { readModelShape } from "../../inference/llama/gguf-shape.ts";
import type { Footprint } from "../../inference/scheduling/memory.ts";
import { shippedVoters, type ShippedVoter } from "../../inference/voters/manifest.ts";
import type { ModelIdentity, RunBasis } from "./basis.ts";
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

/** What the models of a plan are right now: the digest of each file, and what it will take of the memory. Throws `NO_MODEL`. */
export const identifyModels = async (plan: RunPlan, shelf: VoterShelf): Promise<RunBasis["models"]> => {
  const entries = Object.entries(plan.models).map(async ([name, spec]): Promise<[string, ModelIdentity]> => {
    const footprint = await footprintIn(spec);
    const identity = { provider: spec.provider, digest: await digestOf(spec, shelf) };
    return [name, footprint === undefined ? identity : { ...identity, footprint }];
  });
  return Object.fromEntries(await Promise.all(entries));
};

/** Only models that can be large: a voter takes a megabyte or two. */
const footprintIn = async (spec: ModelSpec): Promise<Footprint | undefined> => {
  if (spec.provider !== "llama") return undefined;
  const shape = await readModelShape(spec.file);
  return shape === undefined ? undefined : footprintOf(shape, spec.context);
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
