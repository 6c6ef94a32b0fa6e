import type { Bus, BusHeaders, BusMessage } from "../../coordination/bus/bus.ts";
import { inboxSubject, subjectToken } from "../../coordination/bus/subjects.ts";
import type { Envelope } from "../../coordination/protocol/envelope.ts";
import { envelopeId, type EnvelopeId, type RunId } from "../../coordination/protocol/ids.ts";
import type { Cancel, Clock } from "./clock.ts";

/** How long an envelope may stay unacknowledged before it is sent again. */
export const resendAfterMs = 500;
/** How many envelopes are sent again at one time, so that a server that comes back is not flooded. */
export const resendBurst = 512;

/** Carries envelopes between actors, at least once. */
export interface Courier {
  /** Sends an envelope; if it may leave the process, once `recorded` resolves. */
  post(envelope: Envelope, recorded: () => Promise<void>): void;
  /** The receiver's row is on its way to disk; acknowledges once `recorded` resolves. */
  acknowledge(id: EnvelopeId, recorded: () => Promise<void>): void;
  close(): void;
}

export type CourierDeps = {
  readonly bus: Bus;
  readonly run: RunId;
  readonly clock: Clock;
  /** What an envelope carries beside its contents. It follows from the envelope alone. */
  readonly headersOf?: (envelope: Envelope) => BusHeaders;
  readonly deliver: (envelope: Envelope) => void;
  /** The receiver has recorded this envelope. */
  readonly paid: (id: EnvelopeId) => void;
  readonly broken: (error: unknown) => void;
};

const ackSubject = (run: RunId): string => `swarm.${subjectToken(run)}.ack`;

/** For a bus inside this process, which loses nothing while the process lives: a row is the acknowledgement. */
export const localCourier = (deps: CourierDeps): Courier => {
  const { bus, run, deliver, paid } = deps;
  const inbox = bus.subscribe(
    `swarm.${subjectToken(run)}.to.>`,
    (message) => deliver(decodeEnvelope(message)),
    // One turn of a workflow may put any number of questions, and all of them are in memory already: as debts.
    { maxPending: Number.POSITIVE_INFINITY },
  );
  return {
    post: (envelope) => publish(deps, envelope),
    acknowledge: (id) => paid(id),
    close: () => inbox.unsubscribe(),
  };
};

/**
 * For a bus that may lose, repeat and reorder: nothing leaves before its row is on disk, every envelope is acknowledged
 * after the receiver's row is on disk, and sent again until then.
 */
export const acknowledgedCourier = (deps: CourierDeps): Courier => {
  const { bus, run, clock, deliver, paid, broken } = deps;
  const received = new Set<EnvelopeId>();
  const unacknowledged = new Map<EnvelopeId, { readonly envelope: Envelope; readonly sentAtUs: number }>();
  let resend: Cancel | undefined;
  let closed = false;

  const inbox = bus.subscribe(`swarm.${subjectToken(run)}.to.>`, (message) => {
    const envelope = decodeEnvelope(message);
    received.add(envelope.id);
    deliver(envelope);
  });
  const acks = bus.subscribe(ackSubject(run), (message) => {
    const id = decodeAck(message);
    if (unacknowledged.delete(id)) paid(id);
  });

  const sendAgain = () => {
    resend = undefined;
    const dueUs = clock.nowUs() - resendAfterMs * 1000;
    let burst = resendBurst;
    for (const { envelope, sentAtUs } of [...unacknowledged.values()]) {
      if (sentAtUs > dueUs) continue;
      if (burst-- === 0) break;
      // Behind all others: the next burst is theirs.
      unacknowledged.delete(envelope.id);
      unacknowledged.set(envelope.id, { envelope, sentAtUs: clock.nowUs() });
      publish(deps, envelope);
    }
    watch();
  };
  const watch = () => {
    if (!closed && resend === undefined && unacknowledged.size > 0)
      resend = clock.after(resendAfterMs, sendAgain);
  };

  return {
    post: (envelope, recorded) => {
      const send = () => {
        if (closed) return;
        unacknowledged.set(envelope.id, { envelope, sentAtUs: clock.nowUs() });
        publish(deps, envelope);
        watch();
      };
      recorded().then(send, broken);
    },
    acknowledge: (id, recorded) => {
      // Timers, replies and commits are not from the bus; nobody waits to hear of them.
      if (!received.delete(id)) return;
      recorded().then(() => {
        if (!closed) guard(broken, () => bus.publish(ackSubject(run), { id }));
      }, broken);
    },
    close: () => {
      closed = true;
      resend?.();
      inbox.unsubscribe();
      acks.unsubscribe();
    },
  };
};

const publish = ({ bus, run, headersOf, broken }: CourierDeps, envelope: Envelope): void =>
  guard(broken, () => {
    const options = headersOf === undefined ? {} : { headers: headersOf(envelope) };
    bus.publish(inboxSubject(run, envelope.to), envelope, options);
  });

const guard = (broken: (error: unknown) => void, act: () => void): void => {
  try {
    act();
  } catch (error) {
    broken(error);
  }
};

// What arrives here was published by a host of the same run; the shape is checked, the contents are its own rows.
const decodeEnvelope = ({ data, subject }: BusMessage): Envelope => {
  if (
    isRecord(data) &&
    typeof data["id"] === "string" &&
    typeof data["to"] === "string" &&
    isRecord(data["body"])
  ) {
    return data as unknown as Envelope;
  }
  throw new TypeError(`no envelope on ${subject}`);
};

const decodeAck = ({ data, subject }: BusMessage): EnvelopeId => {
  if (isRecord(data) && typeof data["id"] === "string") return envelopeId(data["id"]);
  throw new TypeError(`no acknowledgement on ${subject}`);
};

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null;
