import type { EntryCommitted } from "../../coordination/protocol/decision-messages.ts";
import type { Generate, Propose } from "../../coordination/protocol/effect.ts";
import type { EnvelopeId } from "../../coordination/protocol/ids.ts";
import type { InferenceCompleted, InferenceFailed } from "../../coordination/protocol/inference-messages.ts";

/** The hands of a host: what it cannot do by itself. They may do the same effect again after a crash. */
export interface Performers {
  /** Never rejects: a failure is a message too. */
  generate(effect: Generate, signal: AbortSignal): Promise<InferenceCompleted | InferenceFailed>;
  /** Resolves when the entry is committed. Proposing the same id again commits it at most once more; the receiver drops it. */
  propose(id: EnvelopeId, effect: Propose, signal: AbortSignal): Promise<EntryCommitted>;
}
