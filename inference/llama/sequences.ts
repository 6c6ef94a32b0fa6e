import type { LlamaContext, LlamaContextSequence } from "node-llama-cpp";

/** The conversations that a context has room for, lent to one question at a time. */
export type Sequences = {
  /** Runs `work` with an empty sequence as soon as one is free; first come, first served. */
  lend<Result>(work: (sequence: LlamaContextSequence) => Promise<Result>): Promise<Result>;
};

/** The engine computes the open questions of all sequences in one batch: that is what makes lending several worth it. */
export const sequencesOf = (context: LlamaContext): Sequences => {
  const free = Array.from({ length: context.totalSequences }, () => context.getSequence());
  // Bounded by MAX_OPEN_QUESTIONS of the parent.
  const waiting: ((sequence: LlamaContextSequence) => void)[] = [];

  const borrow = (): Promise<LlamaContextSequence> => {
    const sequence = free.pop();
    return sequence === undefined
      ? new Promise((resolve) => waiting.push(resolve))
      : Promise.resolve(sequence);
  };
  const giveBack = (sequence: LlamaContextSequence): void => {
    const next = waiting.shift();
    if (next === undefined) free.push(sequence);
    else next(sequence);
  };

  return {
    async lend(work) {
      const sequence = await borrow();
      try {
        await sequence.clearHistory();
        return await work(sequence);
      } finally {
        giveBack(sequence);
      }
    },
  };
};
