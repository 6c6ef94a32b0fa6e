import { basename } from "node:path";
import type { ModelSpec } from "../../actors/workflow/plan.ts";
import type { Elector } from "../../coordination/protocol/decision-messages.ts";
import type { RunBasis } from "../wire/basis.ts";

/** Electors whose models are of one kind: they learned from the same text, and err alike. */
export type Family = {
  readonly family: string;
  readonly agents: readonly string[];
  /** Whether all of them run the very same model. */
  readonly same: boolean;
};

/** Families with several electors, in the order of the electorate. */
export const familiesOf = (
  electorate: readonly Elector[],
  { plan, models }: Pick<RunBasis, "plan" | "models">,
): readonly Family[] => {
  const families = new Map<string, Elector[]>();
  for (const elector of electorate) {
    const name = Object.keys(models).find((model) => models[model]?.digest === elector.model);
    const family = familyName(name === undefined ? undefined : plan.models[name], elector.model);
    families.set(family, [...(families.get(family) ?? []), elector]);
  }
  return [...families]
    .filter(([, members]) => members.length > 1)
    .map(([family, members]) => ({
      family,
      agents: members.map(({ agent }) => agent),
      same: new Set(members.map(({ model }) => model)).size === 1,
    }));
};

const familyName = (spec: ModelSpec | undefined, digest: string): string => {
  switch (spec?.provider) {
    case "voter":
      return "the voters that ship";
    case "llama":
      return fileFamily(spec.file);
    default:
      return digest;
  }
};

/** `qwen2.5` of `Qwen2.5-7B-Instruct-Q4_K_M.gguf`: all before the size, the use or the precision. */
export const fileFamily = (file: string): string => {
  const name = basename(file)
    .toLowerCase()
    .replace(/\.gguf$/, "");
  const end = name.search(
    /[-_.](\d+(\.\d+)?[bm]|i?q\d|b?f16|f32|instruct|chat|it|base)(?![a-z0-9])|[-_.]i?q\d/,
  );
  return end > 0 ? name.slice(0, end) : name;
};
