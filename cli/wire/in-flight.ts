import { stopTogether } from "../../inference/stop-together.ts";

/** What a swarm is at, which must come to its end before the files below it are closed. */
export const workInFlight = () => {
  const together = stopTogether();
  const stops = new Map<AbortController, Promise<unknown>>();
  return {
    /** The signal of the work aborts with that of the caller, or once all work is stopped. */
    add: async <Result>(
      outer: AbortSignal | undefined,
      work: (signal: AbortSignal) => Promise<Result>,
    ): Promise<Result> => {
      const stop = new AbortController();
      const unlink = outer === undefined ? () => undefined : together.link(outer, stop);
      const result = work(stop.signal);
      stops.set(stop, result);
      try {
        return await result;
      } finally {
        unlink();
        stops.delete(stop);
      }
    },
    /** Resolves once nothing is at work any more. */
    stop: async (): Promise<void> => {
      // Who calls this from within a turn has that turn end first.
      await Promise.resolve();
      for (const stop of stops.keys()) stop.abort();
      await Promise.allSettled(stops.values());
    },
  };
};
