import type { RemoteClock } from "./clock.ts";
import type { RemoteLimits } from "./config.ts";
import { RemoteFault, timedOut } from "./fault.ts";
import { patientFetch } from "./patient-fetch.ts";
import { eventsOfWhole } from "./whole-reply.ts";

/** The longest reply that is read, in bytes. Ten times what a model may write at most. */
export const maxReplyBytes = 16 * 1024 * 1024;
/** The longest explanation of an error. */
const maxErrorBytes = 64 * 1024;
/** How long a connection may stay open behind the last word of its stream. */
const afterLastWordMs = 1000;
/** What ends a stream; in what is said itself no line ends. */
const lastWord = /\ndata: ?\[DONE\]\s*$/;
const lastWordBytes = 32;

export type GuardedFetchDeps = {
  readonly clock: RemoteClock;
  readonly limits: Pick<RemoteLimits, "firstByteTimeoutMs" | "idleTimeoutMs">;
};

/**
 * `fetch` that cannot hang: the first byte of a reply and each one after it have a time to come in, a reply has a greatest
 * size, and is over with its last word. It follows no redirect, which could carry the key elsewhere, and turns a reply in one piece into a stream.
 */
export const guardedFetch =
  ({ clock, limits }: GuardedFetchDeps): typeof fetch =>
  async (input, init) => {
    const abort = new AbortController();
    const signal = AbortSignal.any([abort.signal, ...(init?.signal ? [init.signal] : [])]);
    const late = timedOut("the first byte of the reply", limits.firstByteTimeoutMs);
    const cancel = clock.after(limits.firstByteTimeoutMs, () => abort.abort(late));
    try {
      const response = await patientFetch(input, { ...init, signal, redirect: "manual" });
      const body = response.body;
      if (body === null) return response;
      const reader = body.getReader();
      const first = await reader.read();
      const type = response.headers.get("content-type") ?? "";
      if (response.ok && type.includes("text/html") && /^\s*</.test(textOf(first))) throw webPage();
      const bytes = guarded(reader, first, { clock, abort, idleMs: limits.idleTimeoutMs, ok: response.ok });
      const { status, statusText, headers } = response;
      const whole = response.ok && type.includes("application/json");
      return new Response(whole ? eventsOfWhole(bytes) : bytes, { status, statusText, headers });
    } finally {
      cancel();
    }
  };

type Reader = ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>;
type Chunk = Awaited<ReturnType<Reader["read"]>>;
type Guard = {
  readonly clock: RemoteClock;
  readonly abort: AbortController;
  readonly idleMs: number;
  readonly ok: boolean;
};

const guarded = (
  reader: Reader,
  first: Chunk,
  { clock, abort, idleMs, ok }: Guard,
): ReadableStream<Uint8Array<ArrayBuffer>> => {
  let bytes = 0;
  let waiting: Chunk | undefined = first;
  let end = "";
  const next = async (): Promise<Chunk> => {
    if (waiting !== undefined) {
      const chunk = waiting;
      waiting = undefined;
      return chunk;
    }
    const isOver = ok && lastWord.test(end);
    const waitMs = isOver ? Math.min(idleMs, afterLastWordMs) : idleMs;
    const cancel = clock.after(waitMs, () => abort.abort(timedOut("the next byte of the reply", idleMs)));
    try {
      return await reader.read();
    } catch (error) {
      if (isOver) return { done: true, value: undefined };
      throw error;
    } finally {
      cancel();
    }
  };
  return new ReadableStream({
    pull: async (controller) => {
      const { done, value } = await next();
      if (done) return controller.close();
      bytes += value.byteLength;
      end = (end + textOf({ done, value: value.subarray(-lastWordBytes) })).slice(-lastWordBytes);
      if (bytes <= (ok ? maxReplyBytes : maxErrorBytes)) return controller.enqueue(value);
      abort.abort();
      // Of an error the beginning says enough; a reply without its end is none.
      if (ok) throw tooLarge();
      controller.close();
    },
    cancel: async (reason) => reader.cancel(reason),
  });
};

const textOf = ({ value }: Chunk): string =>
  value === undefined ? "" : Buffer.from(value).toString("latin1");

const webPage = (): RemoteFault =>
  new RemoteFault("BAD_REQUEST", "the endpoint answers with a web page, correct baseUrl");

// Another try would bring as much again, and cost as much again.
const tooLarge = (): RemoteFault =>
  new RemoteFault("PROVIDER_FAILED", `the reply has more than ${maxReplyBytes / 1024 ** 2} MiB`, {
    isEndpoints: true,
    mayCost: true,
  });
