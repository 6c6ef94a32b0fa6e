import { invariant } from "../../coordination/protocol/invariant.ts";

/** What a model takes: its weights and compute buffer, and for each sequence the keys and values of a whole context. Bytes. */
export type Footprint = { readonly baseBytes: number; readonly sequenceBytes: number };

/** A model in memory, or on its way in or out. `bytes`: set aside while it loads, measured once it is there. */
export type Holding = {
  readonly phase: "loading" | "resident" | "evicting";
  readonly bytes: number;
  readonly sequences: number;
};

/** Who holds what of one budget of memory. Plain JSON. */
export type MemoryLedger = {
  readonly budgetBytes: number;
  readonly holdings: Readonly<Record<string, Holding>>;
  /** What was measured over what was estimated, at the last load of each model; absent until then. */
  readonly ratios: Readonly<Record<string, number>>;
};

export const emptyMemory = (budgetBytes: number): MemoryLedger => ({
  budgetBytes,
  holdings: {},
  ratios: {},
});

export const holdingOf = (memory: MemoryLedger, model: string): Holding | undefined =>
  Object.hasOwn(memory.holdings, model) ? memory.holdings[model] : undefined;

export const usedBytes = ({ holdings }: MemoryLedger): number =>
  Object.values(holdings).reduce((sum, { bytes }) => sum + bytes, 0);

export const freeBytes = (memory: MemoryLedger): number => memory.budgetBytes - usedBytes(memory);

/** What must be free to load a model with so many sequences: the estimate times what its last loads taught. */
export const neededBytes = (
  memory: MemoryLedger,
  model: string,
  { baseBytes, sequenceBytes }: Footprint,
  sequences: number,
): number => {
  const ratio = Object.hasOwn(memory.ratios, model) ? (memory.ratios[model] ?? 1) : 1;
  return Math.ceil((baseBytes + sequences * sequenceBytes) * ratio);
};

/** How many sequences fit into `bytes` beside the model itself; at most `most`. */
export const sequencesIn = (
  memory: MemoryLedger,
  model: string,
  footprint: Footprint,
  bytes: number,
  most: number,
): number => {
  for (let count = most; count > 0; count--)
    if (neededBytes(memory, model, footprint, count) <= bytes) return count;
  return 0;
};

/** Sets `bytes` aside for a model that is about to be loaded. */
export const reserve = (
  memory: MemoryLedger,
  model: string,
  sequences: number,
  bytes: number,
): MemoryLedger => {
  invariant(holdingOf(memory, model) === undefined, `${model} is in memory already`);
  invariant(sequences >= 1, `${model} would have no room for a turn`);
  return audited(withHolding(memory, model, { phase: "loading", bytes, sequences }));
};

export type Committed =
  | { readonly type: "resident"; readonly memory: MemoryLedger }
  /** It takes more than there is: it must go again. Its reservation stays until it is gone. */
  | { readonly type: "over"; readonly memory: MemoryLedger };

/** Replaces a reservation by what was measured, and learns from the difference. */
export const commit = (
  memory: MemoryLedger,
  model: string,
  footprint: Footprint,
  measured: number,
): Committed => {
  const holding = holdingOf(memory, model);
  invariant(holding?.phase === "loading", `${model} was not being loaded`);
  const estimate = footprint.baseBytes + holding.sequences * footprint.sequenceBytes;
  const learned = {
    ...memory,
    ratios: { ...memory.ratios, [model]: estimate > 0 ? measured / estimate : 1 },
  };
  if (measured > holding.bytes + freeBytes(memory))
    return { type: "over", memory: withHolding(learned, model, { ...holding, phase: "evicting" }) };
  const resident = withHolding(learned, model, { ...holding, phase: "resident", bytes: measured });
  return { type: "resident", memory: audited(resident) };
};

/** Marks a model as on its way out; its bytes are free once it is `released`. */
export const retire = (memory: MemoryLedger, model: string): MemoryLedger => {
  const holding = holdingOf(memory, model);
  invariant(holding?.phase === "resident", `${model} is not in memory`);
  return withHolding(memory, model, { ...holding, phase: "evicting" });
};

export const release = (memory: MemoryLedger, model: string): MemoryLedger => {
  const { [model]: _, ...holdings } = memory.holdings;
  return audited({ ...memory, holdings });
};

const withHolding = (memory: MemoryLedger, model: string, holding: Holding): MemoryLedger => ({
  ...memory,
  holdings: { ...memory.holdings, [model]: holding },
});

const audited = (memory: MemoryLedger): MemoryLedger => {
  const used = usedBytes(memory);
  invariant(used <= memory.budgetBytes, `${used} bytes are granted of ${memory.budgetBytes}`);
  return memory;
};
