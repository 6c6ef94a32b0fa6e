import { accessSync, constants, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { SwarmError } from "../../coordination/protocol/errors.ts";

/** The flags of a command with `output` left out where it is `-`, which means stdout. */
export const resultFlags = <Flags extends { readonly output?: string | undefined }>(flags: Flags): Flags =>
  flags.output === "-" ? { ...flags, output: undefined } : flags;

/** What is written when a run is over, and the flag that says where to. */
type Written = { readonly what: string; readonly flag: string };

const result: Written = { what: "result", flag: "--output" };

/** Throws `BAD_USAGE` where a file could not be written, before a run has cost anything. Leaves no trace there. */
export const assertWritable = (path: string, written = result): void => {
  let isFolder: boolean;
  try {
    const found = statSync(path, { throwIfNoEntry: false });
    isFolder = found?.isDirectory() === true;
    accessSync(found === undefined ? dirname(path) : path, constants.W_OK);
  } catch (cause) {
    const code = codeOf(cause);
    throw unwritable(path, code === "ENOENT" ? "its folder does not exist" : code, written, cause);
  }
  if (isFolder) throw unwritable(path, "it is a folder", written);
};

/** Throws `BAD_USAGE` where a result would take the place of the task that it comes from, also by another name. */
export const assertNotTask = (path: string, task: string): void => {
  const [there, read] = [path, task].map((each) => statSync(each, { throwIfNoEntry: false }));
  if (there !== undefined && there.dev === read?.dev && there.ino === read.ino)
    throw unwritable(path, "it is the task file", result);
};

/** Throws `BAD_USAGE`. */
export const writeResult = (path: string, text: string): void => {
  try {
    writeFileSync(path, text);
  } catch (cause) {
    throw unwritable(path, codeOf(cause), result, cause);
  }
};

const unwritable = (path: string, why: string, { what, flag }: Written, cause?: unknown): SwarmError =>
  new SwarmError(
    "BAD_USAGE",
    `cannot write the ${what} to ${path} (${why}); choose another file for ${flag}`,
    { cause },
  );

const codeOf = (cause: unknown): string =>
  cause instanceof Error && "code" in cause ? String(cause.code) : String(cause);
