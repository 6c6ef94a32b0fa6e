import type { InferenceFailure } from "../../coordination/protocol/inference-messages.ts";
import { quoted } from "../../coordination/protocol/quoted.ts";
import { retryAfterMs } from "./retry-after.ts";

export type FaultCode = InferenceFailure["code"];

type FaultFacts = {
  /** Whether another try could help. */
  readonly again?: boolean;
  /** Whether it speaks against the endpoint, so that its circuit counts it. */
  readonly isEndpoints?: boolean;
  /** Whether the provider may have worked, and charge for it. */
  readonly mayCost?: boolean;
  readonly retryAfterMs?: number | undefined;
  /** Whether whoever asked may ask again: the budget had no room for another try of this call. */
  readonly askAgain?: boolean;
};

/** Why one try brought no reply, in the words of the record. */
export class RemoteFault extends Error {
  override readonly name = "RemoteFault";
  readonly code: FaultCode;
  readonly again: boolean;
  readonly isEndpoints: boolean;
  readonly mayCost: boolean;
  readonly retryAfterMs: number | undefined;
  readonly askAgain: boolean;

  constructor(code: FaultCode, message: string, facts: FaultFacts = {}) {
    super(message);
    this.code = code;
    this.again = facts.again ?? false;
    this.isEndpoints = facts.isEndpoints ?? facts.again ?? false;
    this.mayCost = facts.mayCost ?? false;
    this.retryAfterMs = facts.retryAfterMs;
    this.askAgain = facts.askAgain ?? false;
  }
}

/** Nothing came back, or nothing that can be read. The provider may have worked all the same. */
export const brokenReply = (message: string): RemoteFault =>
  new RemoteFault("PROVIDER_FAILED", message, { again: true, mayCost: true });

/** A reply of which a piece has come may cost, whatever ended it. */
export const amidReply = (fault: RemoteFault): RemoteFault =>
  new RemoteFault(fault.code, fault.message, { ...fault, mayCost: true });

export const timedOut = (what: string, ms: number, mayCost = true): RemoteFault =>
  new RemoteFault("TIMEOUT", `${what} took more than ${ms} ms`, { again: true, mayCost });

/** Why a call was ended from outside: its deadline, or nobody wants it any more. */
export const endedBy = (signal: AbortSignal, mayCost: boolean): RemoteFault =>
  signal.reason instanceof RemoteFault
    ? signal.reason
    : new RemoteFault("ABORTED", "the request was aborted before it was answered", { mayCost });

/** What a try has thrown, as a fault. Digs through what the libraries have wrapped around it. */
export const faultOf = (thrown: unknown, nowUs: number): RemoteFault => {
  for (let error = thrown, depth = 0; error !== undefined && error !== null && depth < maxDepth; depth += 1) {
    if (error instanceof RemoteFault) return error;
    const fault = faultByShape(error, nowUs);
    if (fault !== undefined) return fault;
    error = memberOf(error, "cause");
  }
  return brokenReply(`the reply could not be read: ${quoted(messageOf(thrown))}`);
};

const maxDepth = 8;

const faultByShape = (error: unknown, nowUs: number): RemoteFault | undefined => {
  const status = memberOf(error, "statusCode");
  if (typeof status === "number" && status >= 300) {
    const headers = memberOf(error, "responseHeaders") as Readonly<Record<string, string>> | undefined;
    const body = memberOf(error, "responseBody");
    const said = typeof body === "string" && body !== "" ? body : messageOf(error);
    return faultOfStatus(status, said, retryAfterMs(headers, nowUs));
  }
  if (error instanceof Error && error.message === "bad port")
    return new RemoteFault("BAD_REQUEST", "browsers and Node refuse this port; give the endpoint another");
  const code = codeOf(error);
  if (code === undefined) return undefined;
  if (connecting.has(code))
    return new RemoteFault("PROVIDER_FAILED", `cannot connect: ${code}`, { again: true });
  if (unsafe.test(code))
    return new RemoteFault("PROVIDER_FAILED", `cannot connect safely: ${code}`, { isEndpoints: true });
  if (code.startsWith("UND_ERR") || code.startsWith("E")) return brokenReply(`the connection broke: ${code}`);
  return undefined;
};

/** Errors of a connection that was never made: nobody has worked for us. */
const connecting: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
]);

/** What Node and its TLS call a certificate that is not trusted, or a server that speaks no TLS. */
const unsafe =
  /CERT|TLS|SSL|ALTNAME|^UNABLE_TO_|^(HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_EXCEEDED)$/;

const tooLong =
  /context[ _-]?(length|window|size)|maximum context|exceeds? the (available )?context|too many (input )?tokens|prompt is too long/i;
const filtered = /content[ _-]?(filter|policy|management)|safety (system|policy)|responsible ?ai/i;
// Not every word of billing: who sends too much in a minute is told where to pay for more, too.
const noCredit =
  /insufficient_quota|billing[ _](hard[ _]limit|not[ _]active|details)|exceeded your current quota/i;

/** An answer with a status that says no, or an error inside a stream with such a number. */
export const faultOfStatus = (status: number, body: string, waitMs?: number): RemoteFault => {
  const said = `status ${status}: ${quoted(body)}`;
  if (status < 400)
    return new RemoteFault("BAD_REQUEST", `${said}; the endpoint points elsewhere, correct baseUrl`);
  if (status === 401 || status === 403 || status === 402) return new RemoteFault("UNAUTHORIZED", said);
  if (status === 404) return new RemoteFault("MODEL_UNAVAILABLE", said);
  if (status === 408) return new RemoteFault("TIMEOUT", said, { again: true });
  if (status === 429)
    return noCredit.test(body)
      ? new RemoteFault("RATE_LIMITED", said, { isEndpoints: true })
      : new RemoteFault("RATE_LIMITED", said, { again: true, retryAfterMs: waitMs });
  if (status === 413 || tooLong.test(body)) return new RemoteFault("CONTEXT_TOO_LONG", said);
  if (status < 500 && filtered.test(body)) return new RemoteFault("CONTENT_FILTERED", said);
  if (status === 409 || status === 425 || status >= 500)
    return new RemoteFault("PROVIDER_FAILED", said, { again: true, retryAfterMs: waitMs });
  return new RemoteFault("BAD_REQUEST", said);
};

/** An error that came as a part of a stream: its shape is the provider's. */
export const faultInStream = (error: unknown, nowUs: number): RemoteFault => {
  if (error instanceof Error) return faultOf(error, nowUs);
  const inner = memberOf(error, "error") ?? error;
  // The code may be a word, and the number stand beside it.
  const numbers = [Number(memberOf(inner, "code")), Number(memberOf(inner, "status"))];
  const status = numbers.find((each) => Number.isInteger(each) && each >= 400 && each < 600);
  const text = JSON.stringify(inner) ?? String(inner);
  if (status !== undefined) return faultOfStatus(status, text);
  const said = `the stream ended with an error: ${quoted(text)}`;
  if (tooLong.test(text)) return new RemoteFault("CONTEXT_TOO_LONG", said);
  if (filtered.test(text)) return new RemoteFault("CONTENT_FILTERED", said, { mayCost: true });
  return brokenReply(said);
};

/** The code that Node or its HTTP client gives an error. Other texts of that name are a provider's, and are not repeated. */
const codeOf = (error: unknown): string | undefined => {
  const code = memberOf(error, "code");
  return typeof code === "string" && /^[A-Z][A-Z\d_]{1,50}$/.test(code) ? code : undefined;
};

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : (JSON.stringify(error) ?? String(error));

const memberOf = (value: unknown, key: string): unknown =>
  typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined;
