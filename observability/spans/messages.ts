import { inboxSubject, inboxTemplate } from "../../coordination/bus/subjects.ts";
import {
  agentName,
  effectId,
  envelopeId,
  type ActorId,
  type EnvelopeId,
  type RunId,
} from "../../coordination/protocol/ids.ts";
import type { Message } from "../../coordination/protocol/message.ts";
import type { DecidedRow, TurnRow } from "../../coordination/protocol/row.ts";
import { names } from "../attributes.ts";
import type { Redact } from "../redact.ts";
import type { Attributes, SpanRef } from "../span.ts";
import { publishKey } from "../trace-ids.ts";
import { fail, link, type SpanBook } from "./book.ts";

/** What `messaging.system` says of mailboxes inside one process. */
export const insideProcess = "memory";

type Sent = { readonly id: EnvelopeId; readonly to: ActorId; readonly body: Message };

export type MessageDeps = {
  readonly book: SpanBook;
  readonly run: RunId;
  readonly explain: Redact;
  /** Whether messages are told that stay inside the process. */
  readonly inside: boolean;
  /** Whether an agent is at work: one that took that up within a process may go on over a network. */
  readonly isAtWork: (actor: ActorId) => boolean;
  /** `nats`, or `memory` for the bus inside a process. */
  readonly system: () => string;
};

/**
 * Envelopes on the bus. A row has one moment: that of its turn. So sending and handling are points in time, and what lies between the
 * two is the way and the wait in the receiver's mailbox.
 */
export const messageSpans = ({ book, run, explain, inside, isAtWork, system }: MessageDeps) => {
  // By receiver, so that what an agent never took goes with the agent.
  const underway = new Map<ActorId, Map<EnvelopeId, SpanRef>>();
  // What a receiver failed on: a notice about it may follow.
  const refused = new Map<EnvelopeId, SpanRef>();

  const attributesOf = (id: EnvelopeId, to: ActorId, body: Message, operation: string): Attributes => ({
    [names.messagingSystem]: system(),
    [names.messagingSystemName]: system(),
    [names.messagingOperationName]: operation,
    [names.messagingOperationType]: operation === "publish" ? "send" : "process",
    [names.messagingTemplate]: inboxTemplate,
    [names.messagingDestination]: inboxSubject(run, to),
    [names.messagingMessageId]: id,
    [names.messagingConversation]: run,
    [names.messageType]: body.type,
  });

  const isTold = (): boolean => inside || system() !== insideProcess;

  const publish = ({ id, to, body }: Sent, parent: SpanRef, atUs: number): void => {
    if (!isTold()) return;
    const span = book.point({
      unit: "publish",
      id: book.id(publishKey(id)),
      name: `publish ${inboxTemplate}`,
      kind: "producer",
      parent,
      atUs,
      attributes: attributesOf(id, to, body, "publish"),
    });
    const box = underway.get(to);
    if (box !== undefined) box.set(id, span);
    // An agent that is not there (any more) takes nothing but an assignment.
    else if (agentName(to) === undefined || body.type === "task.assigned" || isAtWork(to))
      underway.set(to, new Map([[id, span]]));
  };

  const taken = (row: TurnRow): SpanRef | undefined => {
    const { actor, cause } = row;
    const box = underway.get(actor);
    const sent = box?.get(cause);
    box?.delete(cause);
    if (sent !== undefined) return sent;
    if (row.input.type !== "delivery.failed") return undefined;
    const about = envelopeId(cause.slice(0, -1));
    const origin = refused.get(about);
    refused.delete(about);
    if (origin !== undefined) return origin;
    // A full mailbox refused it: nobody took it, and nobody will.
    const full = underway.get(row.input.to);
    const lost = full?.get(row.input.id);
    full?.delete(row.input.id);
    return lost;
  };

  return {
    publish,
    /** What a row sends. `parentOf` names the work on whose behalf an actor sends a message. */
    sends: (row: DecidedRow, parentOf: (from: ActorId, to: ActorId, body: Message) => SpanRef): void => {
      if (!isTold()) return;
      const { actor, seq, atUs } = row;
      row.effects.forEach((effect, index) => {
        if (effect.type !== "send") return;
        const { to, body } = effect;
        publish({ id: effectId(actor, seq, index), to, body }, parentOf(actor, to, body), atUs);
      });
    },
    /** The handling of what a row took, if that came over the bus. */
    process: (row: TurnRow): void => {
      const sent = taken(row);
      if (sent === undefined) return;
      const { actor, cause, input, atUs } = row;
      const span = book.point({
        unit: "process",
        id: book.id(`process ${cause}`),
        name: `process ${inboxTemplate}`,
        kind: "consumer",
        parent: sent,
        atUs,
        attributes: attributesOf(cause, actor, input, "process"),
      });
      link(span, sent, "publish");
      if ("failed" in row) {
        fail(span, row.failed.code, explain(row.failed.message));
        refused.set(cause, sent);
      }
    },
    /** An agent is gone, and its mail with it. */
    forget: (actor: ActorId): void => void underway.delete(actor),
  };
};

export type MessageSpans = ReturnType<typeof messageSpans>;
