import { resolve } from "node:path";
import { exitCodes, SwarmError, type ExitCode } from "../../coordination/protocol/errors.ts";
import { isReference, referenceFlaw } from "../../inference/llama/model-reference.ts";
import type { CommandContext } from "../context.ts";
import {
  fileEntry,
  folderEntries,
  referenceEntry,
  shippedEntries,
  storedEntries,
  taskEntry,
  type ModelEntry,
} from "../models/catalog.ts";
import { memoryTable } from "../models/inspection.ts";
import { inspectionText, listText, verificationText } from "../models/text.ts";
import { verifyModels } from "../models/verification.ts";
import { checkTask } from "../task/check-text.ts";
import { TaskProblems } from "../task/problems.ts";
import { packageRoot } from "../wire/package.ts";

export type ListFlags = { readonly task?: string; readonly folder?: string; readonly json?: boolean };
export type JsonFlags = { readonly json?: boolean };

/** `swarm models`: what a task can name: models that ship, that were downloaded, of a task, of a folder. */
export const listModels = async (flags: ListFlags, context: CommandContext): Promise<ExitCode> => {
  const { settings, output } = context;
  const entries = [
    ...shippedEntries(packageRoot()),
    ...storedEntries(settings.models.folder),
    ...(flags.task === undefined ? [] : await entriesOfTask(flags.task, context)),
    ...(flags.folder === undefined ? [] : entriesOfFolder(resolve(settings.cwd, flags.folder))),
  ];
  output.result(flags.json === true ? `${JSON.stringify({ models: entries })}\n` : listText(entries));
  return exitCodes.done;
};

/** `swarm models inspect FILE|NAME`: the dimensions of one model and the memory that it takes. Exit 8 where it cannot be read. */
export const inspectModel = async (
  words: string,
  flags: JsonFlags & { readonly task?: string },
  context: CommandContext,
): Promise<ExitCode> => {
  const entry = await entryOf(words, flags.task, context);
  const { shape } = entry;
  if (shape === null)
    throw new SwarmError("NO_MODEL", `${words}: ${entry.problem ?? "it has no file to look at"}`);
  const memory = memoryTable(shape);
  context.output.result(
    flags.json === true ? `${JSON.stringify({ ...entry, memory })}\n` : inspectionText(entry, memory),
  );
  return exitCodes.done;
};

/** `swarm models verify [NAME...]`: holds the files against the checksums on record. Exit 8 where one differs. */
export const verifyCommand = async (
  names: readonly string[],
  flags: JsonFlags,
  { settings, output }: CommandContext,
): Promise<ExitCode> => {
  const verified = await verifyModels(packageRoot(), settings.models.folder, names);
  const isOk = verified.every(({ ok }) => ok);
  output.result(
    flags.json === true ? `${JSON.stringify({ ok: isOk, models: verified })}\n` : verificationText(verified),
  );
  return isOk ? exitCodes.done : exitCodes.environment;
};

const entryOf = async (
  words: string,
  task: string | undefined,
  context: CommandContext,
): Promise<ModelEntry> => {
  const { settings } = context;
  const named = [
    ...(task === undefined ? [] : await entriesOfTask(task, context)),
    ...shippedEntries(packageRoot()),
  ].find(({ name, source, kind }) => name === words || (kind === "voter" && source === words));
  if (named !== undefined) return named;
  if (!isReference(words)) return fileEntry(words, resolve(settings.cwd, words));
  const flaw = referenceFlaw(words);
  if (flaw !== undefined) throw new SwarmError("BAD_USAGE", flaw);
  return referenceEntry(words, words, settings.models.folder);
};

const entriesOfTask = async (path: string, { settings }: CommandContext): Promise<readonly ModelEntry[]> => {
  const { problems, plan } = await checkTask(path, { cwd: settings.cwd });
  if (plan === undefined) throw new TaskProblems(problems);
  return Object.entries(plan.models).map(([name, spec]) =>
    taskEntry(name, spec, packageRoot(), settings.models.folder),
  );
};

const entriesOfFolder = (folder: string): readonly ModelEntry[] => {
  try {
    return folderEntries(folder);
  } catch (cause) {
    throw new SwarmError("BAD_USAGE", `cannot read the folder ${folder}; give another for --folder`, {
      cause,
    });
  }
};
