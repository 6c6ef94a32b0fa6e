import { accessSync, constants, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { SwarmError } from "../../coordination/protocol/errors.ts";

/** The flags of a command with `output` left out where it is `-`, which means stdout. */
export const resultFlags = <Flags extends { readonly output?: string | undefined }>(flags: Flags): Flags =>
  flags.output === "-" ? { ...flags, output: undefined } : flags;

/** Throws `BAD_USAGE` where a file could not be written, before a run has cost anything. Leaves no trace there. */
export const assertWritable = (path: string): void => {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found?.isDirectory() === true) throw unwritable(path, "it is a folder");
  try {
    accessSync(found === undefined ? dirname(path) : path, constants.W_OK);
  } catch (cause) {
    throw unwritable(path, codeOf(cause) === "ENOENT" ? "its folder does not exist" : codeOf(cause), cause);
  }
};

/** Throws `BAD_USAGE`. */
export const writeResult = (path: string, text: string): void => {
  try {
    writeFileSync(path, text);
  } catch (cause) {
    throw unwritable(path, codeOf(cause), cause);
  }
};

const unwritable = (path: string, why: string, cause?: unknown): SwarmError =>
  new SwarmError(
    "BAD_USAGE",
    `cannot write the result to ${path} (${why}); choose another file for --output`,
    { cause },
  );

const codeOf = (cause: unknown): string =>
  cause instanceof Error && "code" in cause ? String(cause.code) : String(cause);
