import type { RunPlan } from "../../actors/workflow/plan.ts";
import { fittingOf, type Fitting } from "../../inference/fitting.ts";
import { isReference } from "../../inference/llama/model-reference.ts";
import { findStored } from "../../inference/llama/model-store.ts";
import { wantedModels } from "../wire/footprints.ts";
import { budgetBytes } from "../wire/memory.ts";
import { sizeWords } from "./model-sizes.ts";

/** What of a plan's models fits into its memory. `folder`: where downloads are kept. `null` where nothing takes of it. */
export const memoryOf = (plan: RunPlan, folder: string): Fitting | null => {
  const wanted = wantedModels(plan, (_, file) =>
    isReference(file) ? (findStored(file, folder)?.file ?? file) : file,
  );
  return wanted.length === 0 ? null : fittingOf(wanted, budgetBytes(plan));
};

/** The table of it, with its heading and what it comes to. */
export const memoryRows = ({ models, batch, budgetBytes: budget, peakBytes }: Fitting) => {
  const swapped = models.filter(({ fit }) => fit === "takes turns").map(({ model }) => model);
  const tooLarge = models.filter(({ fit }) => fit === "too large").map(({ model }) => model);
  return {
    table: [
      ["MODEL", "WEIGHTS", "COMPUTE BUFFER", "A CONVERSATION", "AT ONCE", "TOGETHER", "FIT"],
      ...models.map((each) => [
        each.model,
        sizeWords(each.weightBytes),
        `${sizeWords(each.computeBytes)}, batch ${batch}`,
        sizeWords(each.sequenceBytes),
        each.sequences < each.wanted ? `${each.sequences} of ${each.wanted}` : String(each.sequences),
        sizeWords(each.totalBytes),
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
