/** Any number of listeners on one signal. Node warns of a leak above ten, and a run has one signal for thousands of calls. */
export type AbortListeners = {
  /** Calls `listener` when `signal` aborts; the result takes it off again. */
  listen(signal: AbortSignal, listener: () => void): () => void;
};

export const abortListeners = (): AbortListeners => {
  const bySignal = new Map<
    AbortSignal,
    { readonly listeners: Set<() => void>; readonly tellAll: () => void }
  >();

  const heard = (signal: AbortSignal): Set<() => void> => {
    const known = bySignal.get(signal);
    if (known !== undefined) return known.listeners;
    const listeners = new Set<() => void>();
    const tellAll = (): void => {
      for (const listener of [...listeners]) listener();
    };
    bySignal.set(signal, { listeners, tellAll });
    signal.addEventListener("abort", tellAll, { once: true });
    return listeners;
  };

  return {
    listen(signal, listener) {
      const listeners = heard(signal);
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
        const known = bySignal.get(signal);
        if (listeners.size > 0 || known === undefined) return;
        signal.removeEventListener("abort", known.tellAll);
        bySignal.delete(signal);
      };
    },
  };
};
