/**
 * Lets one signal stop many calls, each of which can be stopped by itself, too. `AbortSignal.any` for each call costs more than
 * some calls, and Node warns of a leak where a signal has more than ten listeners of its own.
 */
export const stopTogether = () => {
  const bySignal = new WeakMap<AbortSignal, Set<AbortController>>();

  const callsOf = (signal: AbortSignal): Set<AbortController> => {
    const known = bySignal.get(signal);
    if (known !== undefined) return known;
    const calls = new Set<AbortController>();
    bySignal.set(signal, calls);
    const stopAll = (): void => {
      for (const call of calls) call.abort(signal.reason);
    };
    signal.addEventListener("abort", stopAll, { once: true });
    return calls;
  };

  return {
    /** `call` is stopped with `signal`, until what is returned is called. */
    link: (signal: AbortSignal, call: AbortController): (() => void) => {
      if (signal.aborted) {
        call.abort(signal.reason);
        return () => undefined;
      }
      const calls = callsOf(signal).add(call);
      return () => void calls.delete(call);
    },
  };
};
