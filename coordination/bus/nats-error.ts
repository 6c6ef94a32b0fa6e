import { BusError, busClosed } from "./bus-error.ts";

/** What the NATS package threw or rejected with, as a bus error about `subject`. */
export const toBusError = (cause: unknown, subject: string): BusError => {
  if (cause instanceof BusError) return cause;
  const code = hasCode(cause) ? cause.code : "unknown";
  if (isRefused(code)) {
    return new BusError(
      "PERMISSION_DENIED",
      "the server refuses the credentials; check user and password, or token",
      { cause },
    );
  }
  switch (code) {
    case "503":
      return new BusError(
        "NO_RESPONDERS",
        `nobody subscribes to ${subject}; start who answers, then ask again`,
        { cause },
      );
    case "TIMEOUT":
      return new BusError("REQUEST_TIMEOUT", `no answer on ${subject} in time`, { cause });
    case "PERMISSIONS_VIOLATION":
      return new BusError("PERMISSION_DENIED", `the server denies ${subject}; allow it for this user`, {
        cause,
      });
    case "MAX_PAYLOAD_EXCEEDED":
      return new BusError("PAYLOAD_TOO_LARGE", `the payload on ${subject} is over the server's max_payload`, {
        cause,
      });
    case "CONNECTION_CLOSED":
    case "CONNECTION_DRAINING":
      return busClosed();
    case "DISCONNECT":
    case "CONNECTION_REFUSED":
      return disconnected();
    default:
      return new BusError("SERVER_ERROR", `${subject}: the NATS client reports ${code}`, { cause });
  }
};

/** Why no connection to `url` came about. */
export const connectFailed = (url: string, cause: unknown): BusError =>
  hasCode(cause) && isRefused(cause.code)
    ? toBusError(cause, url)
    : new BusError(
        "NO_SERVER",
        `no NATS server answers at ${url}; start one with \`nats-server\`, or leave --nats away to stay in this process`,
        { cause },
      );

/** The error of a call that needs the server while it is away. */
export const disconnected = (): BusError =>
  new BusError("DISCONNECTED", "the connection to the server is lost; ask again when it is back");

const hasCode = (cause: unknown): cause is Error & { readonly code: string } =>
  cause instanceof Error && "code" in cause && typeof cause.code === "string";

const isRefused = (code: string): boolean =>
  code === "AUTHORIZATION_VIOLATION" ||
  code === "AUTHENTICATION_TIMEOUT" ||
  code === "AUTHENTICATION_EXPIRED" ||
  code === "ACCOUNT_EXPIRED";
