import { presets } from "../../../inference/remote/preset.ts";
import { pricesAsOf } from "../../../inference/remote/prices.ts";
import type { Draft, TaskDraft } from "../draft.ts";
import { finding } from "../finding.ts";
import type { Finding } from "../finding.ts";
import type { Flaws } from "../flaws.ts";
import { remotePrice, type RemoteModel } from "../plan-models.ts";

/** Checks what a model behind an endpoint needs, and what a budget needs of it. */
export const checkRemote = (
  name: string,
  model: Draft<RemoteModel>,
  task: TaskDraft,
  flaws: Flaws,
): readonly Finding[] => {
  const path = ["models", name];
  if (flaws.isBroken([...path, "preset"])) return [];
  const { preset = "generic", baseUrl = presets[preset].baseUrl, model: id, price } = model;
  const findings: Finding[] = [];
  if (baseUrl === null)
    findings.push(
      finding(
        path,
        `"baseUrl" is missing in model "${name}"`,
        `or name a preset that has one: ${Object.entries(presets)
          .flatMap(([key, { baseUrl: usual }]) => (usual === null ? [] : [key]))
          .join(", ")}`,
        "key",
      ),
    );
  if (model.confidence === "logprobs" && !presets[preset].logprobs)
    findings.push(
      finding(
        [...path, "confidence"],
        `preset ${preset} has no token probabilities`,
        "write `confidence: stated` or `confidence: sampled`, or name a preset that has them",
      ),
    );
  if (
    model.samples !== undefined &&
    model.confidence !== "sampled" &&
    !flaws.isBroken([...path, "confidence"])
  )
    findings.push(
      finding(
        [...path, "samples"],
        `"samples" belongs to \`confidence: sampled\`, and model "${name}" is asked once`,
        "write `confidence: sampled` as well, or leave it out",
        "key",
      ),
    );
  if (model.confidence === "sampled" && model.temperature === 0)
    findings.push(
      finding(
        [...path, "temperature"],
        "a model that is asked several times would say the same each time at temperature 0",
        "leave it out, or write a higher one",
      ),
    );
  const isUnpriced =
    id !== undefined &&
    baseUrl !== null &&
    price === undefined &&
    remotePrice({ preset, baseUrl, model: id }) === null;
  if (isUnpriced && task.resources?.budget?.usd !== undefined)
    findings.push(
      finding(
        path,
        `"budget.usd" needs the price of model "${name}", which is not in the list of ${pricesAsOf}`,
        "write `price: { input: …, output: … }`, in US dollars for a million tokens",
        "key",
      ),
    );
  return findings;
};
