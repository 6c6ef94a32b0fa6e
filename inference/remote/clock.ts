/** Time as the remote models need it; `systemClock` of the runtime is one, that of a simulation another. */
export type RemoteClock = {
  /** Microseconds since 1970. */
  nowUs(): number;
  /** Calls `fire` once, `ms` milliseconds from now or later; the result cancels it. */
  after(ms: number, fire: () => void): () => void;
};

/** Resolves after `ms` milliseconds, or as soon as `signal` aborts. */
export const pause = (clock: RemoteClock, ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const end = () => {
      cancel();
      signal.removeEventListener("abort", end);
      resolve();
    };
    const cancel = clock.after(ms, end);
    signal.addEventListener("abort", end, { once: true });
  });
