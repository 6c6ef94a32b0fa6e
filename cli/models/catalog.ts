import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { ModelSpec } from "../../actors/workflow/plan.ts";
import type { ModelShape } from "../../inference/footprint.ts";
import { readGgufHeader } from "../../inference/llama/gguf-header.ts";
import { isReference } from "../../inference/llama/model-reference.ts";
import { findStored, storedModels, type StoredModel } from "../../inference/llama/model-store.ts";
import { shippedVoters } from "../../inference/voters/manifest.ts";
import { voterFolder } from "../plan/model-sizes.ts";

/** A model that a task can name, without a look into its weights. Sizes in bytes; what is not known is `null`. */
export type ModelEntry = {
  readonly name: string;
  readonly kind: "voter" | "file" | "reference" | "provider";
  /** What stands behind the name: a voter, a path, a reference or a provider. */
  readonly source: string;
  readonly file: string | null;
  readonly fileBytes: number | null;
  readonly shape: ModelShape | null;
  /** Why it cannot be used as it is, and what to do. */
  readonly problem: string | null;
};

/** The models that ship. Throws `NO_MODEL` where the installation is not whole. */
export const shippedEntries = (root: string): readonly ModelEntry[] => {
  const folder = voterFolder(root);
  return shippedVoters(folder).voters.map(({ name, file }) => ({
    ...fileEntry(`voter:${name}`, join(folder, file)),
    kind: "voter",
    source: name,
  }));
};

/** The GGUF files of a folder, by name. Throws as `node:fs` does where it cannot be read. */
export const folderEntries = (folder: string): readonly ModelEntry[] =>
  readdirSync(folder)
    .filter((name) => name.toLowerCase().endsWith(".gguf"))
    .sort()
    .map((name) => fileEntry(name, join(folder, name)));

/** What was downloaded before. */
export const storedEntries = (folder: string): readonly ModelEntry[] => storedModels(folder).map(storedEntry);

/** A model of a task. */
export const taskEntry = (name: string, spec: ModelSpec, root: string, folder: string): ModelEntry => {
  const { provider } = spec;
  if (spec.provider === "voter") {
    const shipped = shippedEntries(root).find(({ source }) => source === spec.voter);
    if (shipped !== undefined) return { ...shipped, name };
  }
  if (spec.provider === "llama")
    return isReference(spec.file)
      ? referenceEntry(name, spec.file, folder)
      : { ...fileEntry(name, spec.file), source: spec.file };
  return {
    name,
    kind: "provider",
    source: provider,
    file: null,
    fileBytes: null,
    shape: null,
    problem: null,
  };
};

/** A model by its reference: from the folder of downloads, if it is there. */
export const referenceEntry = (name: string, reference: string, folder: string): ModelEntry => {
  const stored = findStored(reference, folder);
  if (stored !== undefined) return { ...storedEntry(stored), name };
  return {
    name,
    kind: "reference",
    source: reference,
    file: null,
    fileBytes: null,
    shape: null,
    problem: "not downloaded yet; the first run does it",
  };
};

export const fileEntry = (name: string, file: string): ModelEntry => {
  const header = readGgufHeader(file);
  return {
    name,
    kind: "file",
    source: file,
    file,
    fileBytes: header.type === "missing" ? null : sizeOf(file),
    shape: header.type === "gguf" ? header.shape : null,
    problem: header.type === "gguf" ? null : header.message,
  };
};

const storedEntry = ({ reference, file }: StoredModel): ModelEntry => ({
  ...fileEntry(reference, file),
  kind: "reference",
  source: reference,
});

const sizeOf = (file: string): number | null => {
  try {
    return statSync(file).size;
  } catch {
    return null;
  }
};
