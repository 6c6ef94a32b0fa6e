/** What is published while the server is away: bounded in bytes, first in, first out. */
export type OfflineBuffer = {
  /** Keeps a send of about `bytes`; tells whether it was dropped, and the first time apart since it is worth a report. */
  keep(send: () => void, bytes: number): "kept" | "firstDropped" | "dropped";
  /** Runs all that was kept, in order, and is empty again; one that fails is told and does not hold up the rest. */
  release(sendFailed: (cause: unknown) => void): void;
  clear(): void;
};

/** An empty buffer that never holds more than `maxBytes`. */
export const offlineBuffer = (maxBytes: number): OfflineBuffer => {
  let sends: (() => void)[] = [];
  let keptBytes = 0;
  let hasDropped = false;

  const empty = (): readonly (() => void)[] => {
    const kept = sends;
    sends = [];
    keptBytes = 0;
    hasDropped = false;
    return kept;
  };

  return {
    keep(send, bytes) {
      // Once one is dropped so are the rest: letting smaller ones through would tear holes into the order.
      if (hasDropped) return "dropped";
      if (keptBytes + bytes + OVERHEAD_BYTES > maxBytes) {
        hasDropped = true;
        return "firstDropped";
      }
      sends.push(send);
      keptBytes += bytes + OVERHEAD_BYTES;
      return "kept";
    },
    release(sendFailed) {
      for (const send of empty()) {
        try {
          send();
        } catch (cause) {
          sendFailed(cause);
        }
      }
    },
    clear: () => void empty(),
  };
};

// Empty messages take memory too.
const OVERHEAD_BYTES = 200;
