/** What a client waits for. */
export type Call = (value: string) => Promise<unknown>;

export type Round = { readonly p50: number; readonly p99: number; readonly perSecond: number };

/** So many clients for `ms` milliseconds, each calling again once it was answered; latencies in milliseconds. */
export const measure = async (call: Call, clients: number, ms: number): Promise<Round> => {
  const took: number[] = [];
  const startedAt = performance.now();
  const client = async (): Promise<void> => {
    while (performance.now() - startedAt < ms) {
      const at = performance.now();
      await call("x".repeat(100));
      took.push(performance.now() - at);
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  const perSecond = (took.length / (performance.now() - startedAt)) * 1000;
  took.sort((a, b) => a - b);
  return { p50: took[took.length >> 1] ?? NaN, p99: took[Math.floor(took.length * 0.99)] ?? NaN, perSecond };
};
