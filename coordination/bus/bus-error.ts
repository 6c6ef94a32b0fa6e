/**
 * Every way the bus can fail. Closed, so that a caller can switch over it.
 *
 * Thrown by `publish` and `subscribe`, or the reason of a rejected `request`, `flush`, `drain`:
 * BAD_SUBJECT, BAD_HEADER, NOT_JSON, PAYLOAD_TOO_LARGE, BUS_CLOSED, NO_RESPONDERS, REQUEST_TIMEOUT,
 * DISCONNECTED, PERMISSION_DENIED, SERVER_ERROR; NO_SERVER and PERMISSION_DENIED reject the connect.
 *
 * Told to status listeners only, since no call is there to fail:
 * SLOW_CONSUMER, HANDLER_FAILED, OFFLINE_BUFFER_FULL, and those above that a server reports late.
 */
export type BusErrorCode =
  | "BAD_SUBJECT"
  | "BAD_HEADER"
  | "NOT_JSON"
  | "PAYLOAD_TOO_LARGE"
  | "BUS_CLOSED"
  | "NO_RESPONDERS"
  | "REQUEST_TIMEOUT"
  | "DISCONNECTED"
  | "NO_SERVER"
  | "PERMISSION_DENIED"
  | "SERVER_ERROR"
  | "SLOW_CONSUMER"
  | "HANDLER_FAILED"
  | "OFFLINE_BUFFER_FULL";

/** A bus failure with a code to switch on and a sentence that says what to do next. */
export class BusError extends Error {
  override readonly name = "BusError";
  readonly code: BusErrorCode;

  constructor(code: BusErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** The error of every call on a bus that was closed or drained. */
export const busClosed = (): BusError => new BusError("BUS_CLOSED", "the bus is closed; open a new one");

/** Why a subscription was ended: its handler fell behind. */
export const slowConsumer = (subject: string, maxPending: number): BusError =>
  new BusError(
    "SLOW_CONSUMER",
    `the handler of ${subject} fell behind by more than ${maxPending} messages; make it faster, or raise maxPending`,
  );

/** What a handler threw, as the bus reports it. */
export const handlerFailed = (subject: string, cause: unknown): BusError =>
  new BusError(
    "HANDLER_FAILED",
    `the handler of ${subject} failed: ${cause instanceof Error ? cause.message : String(cause)}`,
    { cause },
  );
