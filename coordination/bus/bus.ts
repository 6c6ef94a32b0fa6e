import type { BusError } from "./bus-error.ts";

/**
 * Subjects in, messages out, with core-NATS semantics.
 *
 * Promises: delivery is at most once; messages of one publisher reach one subscription in the order
 * they were published; a handler is never called inside `publish`, and never twice at once for one
 * subscription. Nothing is stored: who subscribes later has missed it.
 *
 * Not promised: that a message arrives, that a reply comes once only, or any order among publishers.
 * Requests therefore carry a timer, and receivers drop ids that they have seen.
 */
export type Bus = {
  /**
   * Sends `data` to every matching subscription and one member of every matching queue group. It must be plain
   * JSON data and must not change afterwards: the memory bus passes it by reference. Does not wait and does not
   * throw while the server is away; await `flush` now and then in a long loop, or the backlog grows unseen.
   * Throws BAD_SUBJECT, BAD_HEADER, NOT_JSON, PAYLOAD_TOO_LARGE or BUS_CLOSED.
   */
  publish(subject: string, data: unknown, options?: PublishOptions): void;

  /**
   * Calls `handler` for each message whose subject matches; `*` stands for one token, a last `>` for one or more.
   * A handler that throws or rejects is reported as HANDLER_FAILED and gets the next message all the same.
   * Throws BAD_SUBJECT or BUS_CLOSED.
   */
  subscribe(subject: string, handler: BusHandler, options?: SubscribeOptions): BusSubscription;

  /**
   * Publishes with a private reply subject and resolves to the first reply. Rejects at once with NO_RESPONDERS
   * where nobody subscribes and DISCONNECTED where the server is away, with REQUEST_TIMEOUT when `timeoutMs` are
   * over, BUS_CLOSED when the bus closes first, PERMISSION_DENIED, or as `publish` would throw.
   */
  request(subject: string, data: unknown, options: RequestOptions): Promise<BusMessage>;

  /**
   * Resolves when the server has taken all that was published before, and the handlers of this very bus have been called
   * with it, those apart that are still busy with an earlier message. Rejects with BUS_CLOSED or DISCONNECTED.
   */
  flush(): Promise<void>;

  /**
   * Ends all subscriptions in order: waiting messages are handled and may still publish, then the bus closes.
   * Waits for the handlers as long as they take; `close` cuts it short. Rejects with BUS_CLOSED after `close`.
   */
  drain(): Promise<void>;

  /** Drops what waits, rejects open requests with BUS_CLOSED, and closes. Again: does nothing. */
  close(): Promise<void>;

  /**
   * Calls `listener` on each change of state, never inside a bus call; the result takes it off again. A status with an
   * error that finds no listener is thrown as an uncaught error, so that no failure goes by in silence.
   */
  onStatus(listener: BusStatusListener): () => void;
};

/** One message as its receiver sees it. `data` is whatever the sender chose: decode it before use. */
export type BusMessage = {
  readonly subject: string;
  readonly data: unknown;
  readonly headers: BusHeaders;
  /** Where an answer should be published, if one is wanted. */
  readonly reply: string | undefined;
};

/**
 * Case-sensitive names to lists of at least one value. Names are visible ASCII without `:`; values are printable
 * ASCII without space at either end, since NATS would trim them.
 */
export type BusHeaders = Readonly<Record<string, readonly string[]>>;

/** Handles one message; the next one waits until the promise, if there is one, has settled. */
export type BusHandler = (message: BusMessage) => void | Promise<void>;

export type PublishOptions = {
  readonly headers?: BusHeaders;
  readonly reply?: string;
};

export type SubscribeOptions = {
  /** Members of one queue group share their messages: each goes to one of them. */
  readonly queue?: string;
  /** How many messages may wait for the handler before the subscription is ended as a slow consumer. */
  readonly maxPending?: number;
};

export type RequestOptions = {
  /** Clamped to 1 and what a timer can hold, about 24 days. */
  readonly timeoutMs: number;
  readonly headers?: BusHeaders;
};

/** A handle on one subscription. Ending it twice, or after the bus closed, does nothing. */
export type BusSubscription = {
  readonly subject: string;
  /** Ends at once; waiting messages are dropped. A handler that runs is not interrupted. */
  unsubscribe(): void;
  /** Takes no new messages, handles those that wait, and resolves. Never await it in the handler itself. */
  drain(): Promise<void>;
};

/**
 * What happens to the bus outside of any call.
 * - `disconnected`: the server went away; the adapter tries again by itself.
 * - `reconnected`: it is back and subscriptions stand again; messages in between may be lost.
 * - `slowConsumer`: this subscription lagged, is ended, and its waiting messages are dropped; others go on.
 * - `error`: a handler failed, the server denied something, or a message had to be dropped.
 * - `closed`: the last status; with an error where nobody asked for it.
 */
export type BusStatus =
  | { readonly type: "disconnected"; readonly server: string }
  | { readonly type: "reconnected"; readonly server: string }
  | {
      readonly type: "slowConsumer";
      readonly subject: string;
      readonly queue: string | undefined;
      readonly error: BusError;
    }
  | { readonly type: "error"; readonly subject: string | undefined; readonly error: BusError }
  | { readonly type: "closed"; readonly error: BusError | undefined };

export type BusStatusListener = (status: BusStatus) => void;

/** Messages that may wait for one handler, unless the subscription says otherwise. */
export const DEFAULT_MAX_PENDING = 65_536;
/** The payload limit of a NATS server as it comes, headers included; the memory bus keeps to it too. */
export const DEFAULT_MAX_PAYLOAD_BYTES = 1_048_576;

const MAX_TIMER_MS = 2_147_483_647;

/** A timeout that timers accept: outside this range they would fire at once. */
export const clampTimeoutMs = (timeoutMs: number): number => Math.min(Math.max(1, timeoutMs), MAX_TIMER_MS);
