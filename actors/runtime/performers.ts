import type { Entry, EntryCommitted } from "../../coordination/protocol/decision-messages.ts";
import type {
  EngineSignal,
  EvictModel,
  Generate,
  LoadModel,
  RunCommand,
} from "../../coordination/protocol/effect.ts";
import type { EnvelopeId } from "../../coordination/protocol/ids.ts";
import type {
  GrantAnswer,
  InferenceAttempted,
  ResidencyAnswer,
} from "../../coordination/protocol/inference-messages.ts";
import type { CommandCompleted } from "../../coordination/protocol/workflow-messages.ts";

/** What a call of a model may want of its host. */
export type CallSurroundings = {
  /** Resolves once the row that asked for the call is on disk. What leaves the machine waits for it. */
  readonly recorded: () => Promise<void>;
  /** How many failed tries of the call are on record, from an earlier process. */
  readonly attempts: number;
  /** Puts a failed try that another follows on record. */
  readonly attempted: (attempt: InferenceAttempted) => void;
};

/** The hands of a host: what it cannot do by itself. They may do the same effect again after a crash. */
export interface Performers {
  /** Never rejects: a failure is a message too. */
  generate(effect: Generate, signal: AbortSignal, call: CallSurroundings): Promise<GrantAnswer>;
  /** Never rejects. Again: answers as before. */
  changeModel(effect: LoadModel | EvictModel, signal: AbortSignal): Promise<ResidencyAnswer>;
  /** Tells the engine something about a request; it answers by what becomes of the request. */
  tell(signal: EngineSignal): void;
  /** Never rejects either. Absent: this host runs no programs. */
  readonly runCommand?: (effect: RunCommand, signal: AbortSignal) => Promise<CommandCompleted>;
}

/** Of a host that runs no programs. */
export const refuseCommand = async ({ request }: RunCommand): Promise<CommandCompleted> => ({
  type: "command.completed",
  request,
  exit: null,
  trouble: "commands are not allowed in this run",
  output: "",
});

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
