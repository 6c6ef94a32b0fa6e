import {
  computeBytes,
  footprintOf,
  sequenceBytes,
  SMALL_BATCH,
  USUAL_BATCH,
  type ModelShape,
  type SizedShape,
} from "./footprint.ts";

/** A model as a run wants it. */
export type WantedModel = {
  readonly model: string;
  readonly shape: ModelShape;
  /** Tokens of one conversation. */
  readonly context: number;
  /** How many agents use it, and so how many conversations it should have room for. */
  readonly agents: number;
};

/** A model that never leaves the memory. */
export type PinnedModel = {
  readonly model: string;
  readonly shape: SizedShape;
  readonly context: number;
  readonly sequences: number;
  readonly batch: number;
  /** How many times over it is there. */
  readonly copies: number;
};

/** What becomes of one model, in bytes. */
export type ModelFit = {
  readonly model: string;
  readonly weightBytes: number;
  readonly computeBytes: number;
  /** Keys and values of one conversation. */
  readonly sequenceBytes: number;
  /** Conversations that it has room for at once, of those that its agents want. */
  readonly sequences: number;
  readonly wanted: number;
  /** Tokens that it computes at once: a smaller batch takes less memory and is slower. */
  readonly batch: number;
  /** How many times over it is there, in so many processes. */
  readonly copies: number;
  readonly totalBytes: number;
  /** It stays in memory; takes turns with others; or does not fit even by itself. */
  readonly fit: "stays" | "takes turns" | "too large";
};

export type Fitting = {
  readonly budgetBytes: number;
  /** The batch of models that come and go. */
  readonly batch: number;
  readonly models: readonly ModelFit[];
  /** Most that is in memory at any one time. */
  readonly peakBytes: number;
};

/** As `fittingOf`, beside models that never leave: these come first, and hold theirs whatever is left for the others. */
export const fittingBeside = (
  pinned: readonly PinnedModel[],
  all: readonly WantedModel[],
  budgetBytes: number,
): Fitting => {
  const held = pinned.map((each) => pinnedFit(each));
  const heldBytes = total(held.map(({ totalBytes }) => totalBytes));
  const rest = fittingOf(all, Math.max(0, budgetBytes - heldBytes));
  const fit = heldBytes <= budgetBytes ? "stays" : "too large";
  return {
    ...rest,
    budgetBytes,
    models: [...rest.models, ...held.map((each) => ({ ...each, fit }) as const)],
    peakBytes: Math.min(budgetBytes, rest.peakBytes + heldBytes),
  };
};

const pinnedFit = ({ model, shape, context, sequences, batch, copies }: PinnedModel) => {
  const { baseBytes, sequenceBytes: each } = footprintOf(shape, { context, batch });
  return {
    model,
    weightBytes: shape.weightBytes,
    computeBytes: computeBytes(shape, { context, batch }),
    sequenceBytes: each,
    sequences,
    wanted: sequences,
    batch,
    copies,
    totalBytes: copies * (baseBytes + sequences * each),
  };
};

/**
 * What fits into a budget: all models with all their conversations, at the usual batch or at the small one; else all with fewer
 * conversations; else they take turns. An estimate, made before anything is loaded.
 */
export const fittingOf = (all: readonly WantedModel[], budgetBytes: number): Fitting => {
  const loadable = all.filter((each) => bytesOf(each, SMALL_BATCH, 1) <= budgetBytes);
  const whole = loadable.reduce((sum, each) => sum + bytesOf(each, USUAL_BATCH, each.agents), 0);
  const batch = loadable.length > 0 && whole <= budgetBytes ? USUAL_BATCH : SMALL_BATCH;
  const together = shareOut(loadable, budgetBytes, batch);
  const models = all.map((each): ModelFit => {
    const at = loadable.indexOf(each);
    if (at < 0) return fitOf(each, batch, 1, "too large");
    return together === undefined
      ? fitOf(each, batch, roomAlone(each, budgetBytes, batch), "takes turns")
      : fitOf(each, batch, together[at] ?? 1, "stays");
  });
  const used = total(models.filter(({ fit }) => fit !== "too large").map(({ totalBytes }) => totalBytes));
  return { budgetBytes, batch, models, peakBytes: Math.min(budgetBytes, used) };
};

/** Conversations for each model if all stay: one each, then one more each as long as there is room. `undefined`: no room for one each. */
const shareOut = (
  wanted: readonly WantedModel[],
  budgetBytes: number,
  batch: number,
): readonly number[] | undefined => {
  const counts = wanted.map(() => 1);
  let free = budgetBytes - total(wanted.map((each) => bytesOf(each, batch, 1)));
  if (free < 0) return undefined;
  for (let grown = true; grown;) {
    grown = false;
    for (const [index, { shape, context, agents }] of wanted.entries()) {
      const more = sequenceBytes(shape, context);
      const count = counts[index] ?? 1;
      if (count >= agents || more > free) continue;
      counts[index] = count + 1;
      free -= more;
      grown = true;
    }
  }
  return counts;
};

/** Conversations of a model that has all of the memory. */
const roomAlone = (each: WantedModel, budgetBytes: number, batch: number): number => {
  const room = budgetBytes - bytesOf(each, batch, 0);
  return Math.min(each.agents, Math.floor(room / Math.max(1, sequenceBytes(each.shape, each.context))));
};

const fitOf = (each: WantedModel, batch: number, sequences: number, fit: ModelFit["fit"]): ModelFit => ({
  model: each.model,
  weightBytes: each.shape.weightBytes,
  computeBytes: computeBytes(each.shape, { context: each.context, batch }),
  sequenceBytes: sequenceBytes(each.shape, each.context),
  sequences,
  wanted: each.agents,
  batch,
  copies: 1,
  totalBytes: bytesOf(each, batch, sequences),
  fit,
});

const bytesOf = ({ shape, context }: WantedModel, batch: number, sequences: number): number => {
  const { baseBytes, sequenceBytes: each } = footprintOf(shape, { context, batch });
  return baseBytes + sequences * each;
};

const total = (numbers: readonly number[]): number => numbers.reduce((sum, each) => sum + each, 0);
