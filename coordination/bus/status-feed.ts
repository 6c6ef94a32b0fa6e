import type { BusStatus, BusStatusListener } from "./bus.ts";

/** The status listeners of one bus. */
export type StatusFeed = {
  listen(listener: BusStatusListener): () => void;
  tell(status: BusStatus): void;
};

/** A feed without listeners. */
export const statusFeed = (): StatusFeed => {
  const listeners = new Set<BusStatusListener>();
  const deliver = (status: BusStatus): void => {
    if (listeners.size === 0 && "error" in status && status.error !== undefined) throw status.error;
    for (const listener of listeners) queueMicrotask(() => listener(status));
  };
  return {
    listen(listener) {
      // Wrapped, so that one function given twice is two listeners and each is taken off by its own handle.
      const entry: BusStatusListener = (status) => listener(status);
      listeners.add(entry);
      return () => void listeners.delete(entry);
    },
    // A later task, since a bug in a listener must not break the bus call that happened to cause the status.
    tell: (status) => queueMicrotask(() => deliver(status)),
  };
};
