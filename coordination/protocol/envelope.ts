import type { ActorId, EnvelopeId, RunId } from "./ids.ts";
import type { Message } from "./message.ts";

/** One message on its way. A receiver takes an id at most once. */
export type Envelope = {
  readonly id: EnvelopeId;
  readonly run: RunId;
  readonly to: ActorId;
  readonly body: Message;
};
