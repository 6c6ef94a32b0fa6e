import type { Output } from "./output.ts";
import type { TaskCache } from "./task/load.ts";
import type { ReadStdin } from "./task/inputs.ts";
import type { Settings } from "./wire/settings.ts";

/** What every command is given. */
export type CommandContext = {
  readonly settings: Settings;
  readonly output: Output;
  readonly version: string;
  /** Aborts on Ctrl-C or SIGTERM; the reason is the signal's name. */
  readonly signal: AbortSignal;
  readonly stdin: ReadStdin;
  /** Tasks that were checked before; absent where the program runs from its sources. */
  readonly taskCache?: TaskCache;
};
