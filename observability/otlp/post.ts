import { setTimeout as sleep } from "node:timers/promises";
import { diag, DiagLogLevel } from "@opentelemetry/api";
import { z } from "zod";
import type { Redact } from "../redact.ts";

/** What a collector says to one request. Its own words are redacted and cut, but may hold what a terminal obeys. */
export type Answer =
  /** `rejected`: spans that it turned down for good; `says`: why, or what it warns of, or nothing. */
  | { readonly type: "taken"; readonly rejected: number; readonly says: string }
  | { readonly type: "failed"; readonly reason: string };

export type PostDeps<Request> = {
  /** One of OpenTelemetry's. */
  readonly exporter: {
    export(request: Request, told: (result: { readonly code: number; readonly error?: Error }) => void): void;
  };
  readonly spansIn: (request: Request) => number;
  /** For a request as a whole. */
  readonly timeoutMs: number;
  /** Goes over what the collector says. */
  readonly redact: Redact;
  /** Drops the connections of requests that nobody waits for any more. */
  readonly breakOff: () => void;
};

/** Posts one request after the other to a collector. One poster at a time: OpenTelemetry has one place for diagnostics. */
export const poster = <Request>({ exporter, spansIn, timeoutMs, redact, breakOff }: PostDeps<Request>) => {
  const quoted = (text: string): string => redact(text).replace(/\s+/g, " ").trim().slice(0, quotedAtMost);
  let partial = whole;
  let isPage = false;
  hearExporter({ partialSuccess: (heard) => (partial = heard), page: () => (isPage = true) });
  const send = (request: Request): Promise<Answer> =>
    new Promise((resolve) => {
      partial = whole;
      isPage = false;
      exporter.export(request, ({ code, error }) => {
        const { rejectedSpans, errorMessage } = partial;
        if (code !== 0) return resolve({ type: "failed", reason: quoted(reasonOf(error)) });
        if (isPage) return resolve({ type: "failed", reason: noCollector });
        const rejected = Math.min(rejectedSpans, spansIn(request));
        resolve({ type: "taken", rejected, says: quoted(errorMessage) });
      });
    });
  return async (request: Request): Promise<Answer> => {
    const over = new AbortController();
    // The exporter only limits how long a collector is silent: one that answers a byte now and then would hold it for ever.
    const tooLong = sleep(timeoutMs, undefined, { signal: over.signal, ref: false }).then((): Answer => {
      breakOff();
      return { type: "failed", reason: `no answer within ${timeoutMs / 1000} s` };
    });
    const answer = await Promise.race([send(request), tooLong]);
    tooLong.catch(() => undefined);
    over.abort();
    return answer;
  };
};

/** A collector may answer with a page of HTML. */
const quotedAtMost = 300;

/** Many a server has a page for every address, as that of a user interface beside a collector, and keeps nothing that it is sent. */
const noCollector =
  "it answers with a web page; is this the port of a collector for OTLP over HTTP, usually 4318?";

/** What the exporter of JSON says of an answer that is a page. That of protobuf has no word for it: see `notePage`. */
const pageInJson = "Failed to parse trace export response: Unexpected token '<'";

/** Says of an answer in protobuf that it is a page, where it is: no message begins with `<`. */
export const notePage = (body: Uint8Array): void => {
  const start = new TextDecoder().decode(body.subarray(0, 100));
  if (start.trimStart().startsWith("<")) diag.warn(pageInJson);
};

/** Numbers of 64 bits are texts in JSON. */
const PartialSuccess = z.object({
  rejectedSpans: z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER).catch(0),
  errorMessage: z.string().catch(""),
});

const whole: z.infer<typeof PartialSuccess> = { rejectedSpans: 0, errorMessage: "" };

const ignore = (): void => undefined;

/** What a collector says beside taking a request, the exporters tell the diagnostics of OpenTelemetry, as JSON, and nobody else. */
const hearExporter = (hear: {
  readonly partialSuccess: (partial: typeof whole) => void;
  readonly page: () => void;
}): void => {
  const warn = (first: string, said: unknown): void => {
    if (first.startsWith(pageInJson)) hear.page();
    const partial = typeof said === "string" ? PartialSuccess.safeParse(jsonIn(said)).data : undefined;
    if (partial !== undefined) hear.partialSuccess(partial);
  };
  diag.setLogger(
    { error: ignore, warn, info: ignore, debug: ignore, verbose: ignore },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
};

const jsonIn = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** An error of the exporter's has the status of the answer as its `code`, and its body as `data`. */
const HttpFailure = z.object({ code: z.number(), message: z.string(), data: z.string().catch("") });

const reasonOf = (error: Error | undefined): string => {
  const http = HttpFailure.safeParse(error).data;
  if (http !== undefined) {
    const { code, message, data } = http;
    const body = data.trim() === "" ? "" : `: ${data}`;
    return `HTTP ${code}${message === "" ? "" : ` ${message}`}${body}`;
  }
  if (error === undefined || error.message === "") return "the collector did not take it";
  // What the exporter says of any of the four.
  if (error.message === "Export failed with retryable status")
    return "it is busy or not ready (HTTP 429, 502, 503 or 504)";
  return error.message;
};
