import { join } from "node:path";
import { systemClock } from "../../actors/runtime/clock.ts";
import type { ModelSpec } from "../../actors/workflow/plan.ts";
import type { Reading } from "../../coordination/protocol/diagnostics.ts";
import { invariant } from "../../coordination/protocol/invariant.ts";
import { llamaEngine, type LlamaEngine } from "../../inference/llama/engine.ts";
import type { LanguageModel } from "../../inference/model.ts";
import { scriptedModel } from "../../inference/scripted.ts";
import type { ModelIdentity, RunBasis } from "./basis.ts";
import { voterShelf, votersFolder } from "./identify.ts";
import { callsAtOnce } from "./cast.ts";
import { physicalCores } from "./cores.ts";
import { enginesAtMost } from "./memory.ts";
import { packageRoot } from "./package.ts";
import { askedModels, type Environment } from "./secrets.ts";

export type OpenModels = {
  readonly byName: Readonly<Record<string, LanguageModel>>;
  /** How they stand, for whoever watches the process. */
  readonly readings: () => readonly Reading[];
  close(): Promise<void>;
};

export type OpenModelsDeps = {
  readonly cores: number;
  /** All chance of the models follows from it. */
  readonly seed: number;
  readonly environment: Environment;
};

/** The models of a run, ready to be asked. Engines start with the first question to them. Throws `NO_MODEL` or `NO_SECRET`. */
export const openModels = async (
  { plan, models }: Pick<RunBasis, "plan" | "models">,
  { cores, seed, environment }: OpenModelsDeps,
): Promise<OpenModels> => {
  const shelf = voterShelf();
  const clock = systemClock();
  const nowUs = () => clock.nowUs();
  let engine: LlamaEngine | undefined;
  const engineOf = (): LlamaEngine =>
    (engine ??= llamaEngine({
      childEntry: join(packageRoot(), "dist", "inference", "llama", "child.js"),
      processes: Math.min(enginesAtMost, cores),
      threads: physicalCores(cores),
      nowUs,
    }));
  const asked = askedModels(plan);
  // A remote model that nobody asks needs no key.
  const specs = Object.entries(plan.models).filter(
    ([name, { provider }]) => provider !== "openai-compatible" || asked.has(name),
  );
  const isRemote = specs.some(([, { provider }]) => provider === "openai-compatible");
  const remote = isRemote
    ? (await import("./remote-models.ts")).remoteModels({ clock, seed, environment })
    : undefined;
  const open = (name: string, spec: ModelSpec): LanguageModel => {
    const identity: ModelIdentity | undefined = models[name];
    const digest = identity?.digest ?? name;
    switch (spec.provider) {
      case "voter": {
        const voter = shelf(spec.voter);
        const file = join(votersFolder(), voter.file);
        return engineOf().model({ type: "voter", name: digest, file, temperatures: voter.temperature });
      }
      case "llama":
        return engineOf().model({
          type: "gguf",
          name: digest,
          file: identity?.file ?? spec.file,
          context: spec.context,
          sequences: callsAtOnce.llama,
          temperature: spec.temperature,
          ...(spec.threads === undefined ? {} : { threads: spec.threads }),
          ...(identity?.batch === undefined ? {} : { batch: identity.batch }),
        });
      case "scripted":
        return scriptedModel({ name: digest, replies: spec.replies, nowUs });
      case "openai-compatible":
        invariant(remote !== undefined, "a plan with a remote model has remote models");
        return remote.open(name, digest, spec);
    }
  };
  const byName = Object.fromEntries(specs.map(([name, spec]) => [name, open(name, spec)]));
  return {
    byName,
    readings: () => remote?.circuits() ?? [],
    close: async () => {
      await Promise.all(Object.values(byName).map((model) => model.close()));
      await engine?.close();
    },
  };
};
