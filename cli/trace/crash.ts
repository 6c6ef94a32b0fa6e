import { exitCodes } from "../../coordination/protocol/errors.ts";

/** How long a run may take to stop after a crash, in milliseconds. */
const graceMs = 2000;

/**
 * An error that nobody caught would end the process at once, and with it what is on its way to a collector. While this is open the error
 * stops the run between two turns instead; `rethrow` then throws it.
 */
export const catchCrash = (signal: AbortSignal) => {
  const crash = new AbortController();
  const onCrash = (error: unknown): void => {
    if (crash.signal.aborted) return;
    crash.abort(error);
    setTimeout(() => process.exit(exitCodes.failed), graceMs).unref();
  };
  process.on("uncaughtException", onCrash);
  return {
    /** Aborts on a crash, and when the given one does. */
    signal: AbortSignal.any([signal, crash.signal]),
    rethrow: (): void => {
      if (crash.signal.aborted) throw crash.signal.reason;
    },
    close: (): void => void process.off("uncaughtException", onCrash),
  };
};
