import { schedulerActor } from "../coordination/protocol/ids.ts";
import type { DecidedRow, Row } from "../coordination/protocol/row.ts";

/** What a model holds: set aside while it loads, measured while it is there, and on its way out. */
export type HeldMemory = {
  readonly kind: "reserved" | "resident" | "leaving";
  readonly bytes: number;
};

/** Why a model had to go: another one needed its memory, nobody asked it for long, or it took more than there was. */
export type EvictionReason = "room" | "idle" | "too-large";

export type MemoryChange =
  /** `held` is `undefined` once it holds nothing. */
  | { readonly type: "changed"; readonly model: string; readonly held: HeldMemory | undefined }
  | { readonly type: "evicted"; readonly model: string; readonly reason: EvictionReason };

/** Follows what each model holds of the memory, from the rows of the scheduler; others may be among them. */
export const memoryReader = () => {
  const holdings = new Map<string, HeldMemory>();

  const hold = (model: string, held: HeldMemory | undefined): MemoryChange => {
    if (held === undefined) holdings.delete(model);
    else holdings.set(model, held);
    return { type: "changed", model, held };
  };

  const told = ({ input }: DecidedRow): readonly MemoryChange[] => {
    switch (input.type) {
      // An answer that comes twice says nothing new.
      case "model.loaded":
        return holdings.get(input.model)?.kind === "reserved"
          ? [hold(input.model, { kind: "resident", bytes: input.bytes })]
          : [];
      case "model.failed":
        return holdings.get(input.model)?.kind === "reserved" ? [hold(input.model, undefined)] : [];
      case "model.evicted":
        return holdings.get(input.model)?.kind === "leaving" ? [hold(input.model, undefined)] : [];
      default:
        return [];
    }
  };

  const decided = (row: DecidedRow): readonly MemoryChange[] =>
    row.effects.flatMap((effect): readonly MemoryChange[] => {
      if (effect.type === "loadModel") return [hold(effect.model, { kind: "reserved", bytes: effect.bytes })];
      if (effect.type !== "evictModel") return [];
      const { model } = effect;
      const bytes = holdings.get(model)?.bytes ?? 0;
      return [
        hold(model, { kind: "leaving", bytes }),
        { type: "evicted", model, reason: reasonOf(row, model) },
      ];
    });

  return {
    /** By the name of the model in the task. */
    holdings: holdings as ReadonlyMap<string, HeldMemory>,
    read: (row: Row): readonly MemoryChange[] =>
      row.type === "turn" && row.actor === schedulerActor && !("failed" in row)
        ? [...told(row), ...decided(row)]
        : [],
  };
};

const reasonOf = ({ input }: DecidedRow, model: string): EvictionReason => {
  if (input.type === "model.loaded" && input.model === model) return "too-large";
  return input.type === "timer.fired" && input.timer === `idle/${model}` ? "idle" : "room";
};
