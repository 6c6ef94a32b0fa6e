import { join } from "node:path";
import { systemClock } from "../../actors/runtime/clock.ts";
import type { ModelSpec, RunPlan } from "../../actors/workflow/plan.ts";
import { SwarmError } from "../../coordination/protocol/errors.ts";
import { canonical } from "../../coordination/protocol/json.ts";
import { modelDigest } from "../../inference/llama/digest.ts";
import { llamaEngine, type LlamaEngine } from "../../inference/llama/engine.ts";
import type { LanguageModel } from "../../inference/model.ts";
import { scriptedModel } from "../../inference/scripted.ts";
import { shippedVoters, type ShippedVoter } from "../../inference/voters/manifest.ts";
import type { ModelIdentity, RunBasis } from "./basis.ts";
import { callsAtOnce } from "./cast.ts";
import { packageRoot } from "./package.ts";
import { sourceDigest } from "./digest.ts";

/** Two voters' work fits on two cores; a machine with more is not faster, since the lines wait for one another. */
const enginesAtMost = 2;
/** One thread a process: more than there are cores makes a small model hundreds of times slower. */
const threadsPerEngine = 1;

const votersFolder = (): string => join(packageRoot(), "inference", "voters", "models");

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

export type OpenModels = {
  readonly byName: Readonly<Record<string, LanguageModel>>;
  close(): Promise<void>;
};

/** The models of a run, ready to be asked. Engines start with the first question to them. */
export const openModels = (
  { plan, models }: Pick<RunBasis, "plan" | "models">,
  cores: number,
): OpenModels => {
  const { nowUs } = systemClock();
  let engine: LlamaEngine | undefined;
  const engineOf = (): LlamaEngine =>
    (engine ??= llamaEngine({
      childEntry: join(packageRoot(), "dist", "inference", "llama", "child.js"),
      processes: Math.min(enginesAtMost, cores),
      threads: threadsPerEngine,
      nowUs,
    }));
  const open = (name: string, spec: ModelSpec): LanguageModel => {
    const identity: ModelIdentity | undefined = models[name];
    const digest = identity?.digest ?? name;
    switch (spec.provider) {
      case "voter": {
        const voter = shippedVoter(spec.voter);
        const file = join(votersFolder(), voter.file);
        return engineOf().model({ type: "voter", name: digest, file, temperatures: voter.temperature });
      }
      case "llama":
        return engineOf().model({
          type: "gguf",
          name: digest,
          file: spec.file,
          context: spec.context,
          sequences: callsAtOnce.llama,
        });
      case "scripted":
        return scriptedModel({ name: digest, replies: spec.replies, nowUs });
    }
  };
  const byName = Object.fromEntries(
    Object.entries(plan.models).map(([name, spec]) => [name, open(name, spec)]),
  );
  return {
    byName,
    close: async () => {
      await Promise.all(Object.values(byName).map((model) => model.close()));
      await engine?.close();
    },
  };
};
