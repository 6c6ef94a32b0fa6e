import type { Row } from "../../coordination/protocol/row.ts";
import { memoryReader, type EvictionReason, type HeldMemory } from "../model-memory.ts";

/** What a model held from one row to another. Times in microseconds since 1970. */
export type MemoryStretch = HeldMemory & {
  readonly model: string;
  readonly startUs: number;
  readonly endUs: number;
};

export type MemoryHistory = {
  readonly stretches: readonly MemoryStretch[];
  /** Why models had to go, in order. */
  readonly evictions: readonly { readonly model: string; readonly reason: EvictionReason }[];
};

/** Follows the memory of a run over its rows. What is held when no row follows is held until the last one. */
export const memoryHistory = () => {
  const memory = memoryReader();
  const open = new Map<string, MemoryStretch>();
  const stretches: MemoryStretch[] = [];
  const evictions: { readonly model: string; readonly reason: EvictionReason }[] = [];
  let lastUs = 0;

  const close = (model: string, endUs: number): void => {
    const stretch = open.get(model);
    open.delete(model);
    if (stretch !== undefined && endUs > stretch.startUs) stretches.push({ ...stretch, endUs });
  };

  /** While no process drives the run, nothing is held; the next one loads the same again. */
  const pause = (untilUs: number): void => {
    for (const [model, stretch] of [...open]) {
      close(model, lastUs);
      open.set(model, { ...stretch, startUs: untilUs });
    }
  };

  return {
    read: (row: Row): void => {
      if (row.type === "resumed") pause(row.atUs);
      for (const change of memory.read(row)) {
        const { model } = change;
        if (change.type === "evicted") evictions.push({ model, reason: change.reason });
        else {
          close(model, row.atUs);
          if (change.held !== undefined)
            open.set(model, { ...change.held, model, startUs: row.atUs, endUs: row.atUs });
        }
      }
      if (row.type !== "ruled") lastUs = Math.max(lastUs, row.atUs);
    },
    take: (): MemoryHistory => ({
      stretches: [...stretches, ...Array.from(open.values(), (stretch) => ({ ...stretch, endUs: lastUs }))],
      evictions,
    }),
  };
};
