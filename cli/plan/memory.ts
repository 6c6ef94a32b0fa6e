import type { RunPlan } from "../../actors/workflow/plan.ts";
import { fittingBeside, type Fitting, type PinnedModel } from "../../inference/fitting.ts";
import { isReference } from "../../inference/llama/model-reference.ts";
import { findStored } from "../../inference/llama/model-store.ts";
import { wantedModels } from "../wire/footprints.ts";
import { VOTER_CONTEXT, voterShape } from "../../inference/voters/footprint.ts";
import { budgetBytes, enginesAtMost } from "../wire/memory.ts";
import { askedModels } from "../wire/secrets.ts";
import { shippedVoter, sizeWords } from "./model-sizes.ts";

/**
 * What of a plan's models fits into its memory. `root`: the folder that swarm is installed in. `folder`: where downloads are kept.
 * `null` where nothing takes of it.
 */
export const memoryOf = (plan: RunPlan, root: string, folder: string): Fitting | null => {
  const wanted = wantedModels(plan, (_, file) =>
    isReference(file) ? (findStored(file, folder)?.file ?? file) : file,
  );
  const pinned = pinnedModels(plan, root);
  return wanted.length + pinned.length === 0 ? null : fittingBeside(pinned, wanted, budgetBytes(plan));
};

const pinnedModels = (plan: RunPlan, root: string): readonly PinnedModel[] => {
  const asked = askedModels(plan);
  return Object.entries(plan.models).flatMap(([model, spec]) => {
    if (spec.provider !== "voter" || !asked.has(model)) return [];
    const voter = shippedVoter(spec.voter, root);
    if (voter === undefined) return [];
    return [{ model, shape: voterShape(voter.bytes), ...VOTER_CONTEXT, copies: enginesAtMost }];
  });
};

/** The table of it, with its heading and what it comes to. */
export const memoryRows = ({ models, budgetBytes: budget, peakBytes }: Fitting) => {
  const swapped = models.filter(({ fit }) => fit === "takes turns").map(({ model }) => model);
  const tooLarge = models.filter(({ fit }) => fit === "too large").map(({ model }) => model);
  return {
    table: [
      ["MODEL", "WEIGHTS", "COMPUTE BUFFER", "A CONVERSATION", "AT ONCE", "TOGETHER", "FIT"],
      ...models.map((each) => [
        each.model,
        sizeWords(each.weightBytes),
        `${sizeWords(each.computeBytes)}, batch ${each.batch}`,
        sizeWords(each.sequenceBytes),
        each.sequences < each.wanted ? `${each.sequences} of ${each.wanted}` : String(each.sequences),
        `${sizeWords(each.totalBytes)}${each.copies === 1 ? "" : ` in ${each.copies} copies`}`,
        each.fit,
      ]),
    ],
    notes: [
      `${sizeWords(peakBytes)} of ${sizeWords(budget)}, which is what is left of the memory after 8 % for what cannot be estimated`,
      ...(swapped.length === 0
        ? []
        : [`not all fit at once: ${swapped.join(", ")} take turns in memory, as they are asked`]),
      ...(tooLarge.length === 0
        ? []
        : [
            `${tooLarge.join(", ")} cannot be loaded: raise resources.vram, or take a smaller context or model`,
          ]),
    ],
  };
};
