import type { Entry, EntryCommitted } from "../../coordination/protocol/decision-messages.ts";
import type { EngineSignal, EvictModel, Generate, LoadModel } from "../../coordination/protocol/effect.ts";
import type { EnvelopeId } from "../../coordination/protocol/ids.ts";
import type { GrantAnswer, ResidencyAnswer } from "../../coordination/protocol/inference-messages.ts";

/** The hands of a host: what it cannot do by itself. They may do the same effect again after a crash. */
export interface Performers {
  /** Never rejects: a failure is a message too. */
  generate(effect: Generate, signal: AbortSignal): Promise<GrantAnswer>;
  /** Never rejects. Again: answers as before. */
  changeModel(effect: LoadModel | EvictModel, signal: AbortSignal): Promise<ResidencyAnswer>;
  /** Tells the engine something about a request; it answers by what becomes of the request. */
  tell(signal: EngineSignal): void;
}

/** Gives each entry its place in one log. */
export interface Coordinator {
  /** Orders an entry, once under its id, also across a resume. `recorded`: rows hold all commits up to there, on disk. */
  propose(id: EnvelopeId, entry: Entry, recorded: number): void;
  close(): void;
}

export type CoordinatorDeps = {
  /** The commits up to here stand in the rows; later ones are to be told, again if need be. */
  readonly recorded: number;
  /** An entry is committed. Told in the order of the log, so that the actor that folds them never sees a gap. */
  readonly committed: (id: EnvelopeId, body: EntryCommitted) => void;
  /** It cannot go on. */
  readonly broken: (error: unknown) => void;
};
