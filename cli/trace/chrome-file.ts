import { closeSync, openSync, writeSync } from "node:fs";
import { resolve } from "node:path";
import { exitCodes, SwarmError, type ExitCode } from "../../coordination/protocol/errors.ts";
import type { Span } from "../../observability/span.ts";
import type { CommandContext } from "../context.ts";
import { chromeTrace } from "./chrome.ts";

/** Writes a Chrome trace event file; `-` is stdout. Throws `BAD_USAGE` where the file cannot be written. */
export const writeChrome = (
  spans: readonly Span[],
  path: string,
  { settings, output }: CommandContext,
): ExitCode => {
  if (path === "-") {
    for (const line of chromeTrace(spans)) output.result(line);
    return exitCodes.done;
  }
  const full = resolve(settings.cwd, path);
  try {
    const file = openSync(full, "w");
    try {
      for (const line of chromeTrace(spans)) writeSync(file, line);
    } finally {
      closeSync(file);
    }
  } catch (cause) {
    throw new SwarmError("BAD_USAGE", `cannot write to ${full}; choose another file for --chrome`, { cause });
  }
  output.note(`written to ${path}; open it in https://ui.perfetto.dev or chrome://tracing`);
  return exitCodes.done;
};
