import { setTimeout as sleep } from "node:timers/promises";
import type { OTLPExporterNodeConfigBase } from "@opentelemetry/otlp-exporter-base";
import { z } from "zod";
import type { Redact } from "../redact.ts";

/** What a collector says to one request. Its own words are redacted and cut, but may hold what a terminal obeys. */
export type Answer =
  /** `rejected`: spans that it turned down for good; `says`: why, or what it warns of, or nothing. */
  | { readonly type: "taken"; readonly rejected: number; readonly says: string }
  | { readonly type: "failed"; readonly reason: string };

/** How requests look on the wire. */
export type Wire<Request> = {
  readonly contentType: string;
  readonly encode: (request: Request) => Uint8Array | undefined;
  /** Reads the body of an answer; may throw. */
  readonly decode: (body: Uint8Array) => unknown;
  readonly spansIn: (request: Request) => number;
};

export type PostDeps<Request> = {
  readonly config: OTLPExporterNodeConfigBase;
  readonly wire: Wire<Request>;
  /** Goes over what the collector says. */
  readonly redact: Redact;
  /** Drops the connections of requests that nobody waits for any more. */
  readonly breakOff: () => void;
};

/** Posts one request after the other to a collector, as the exporters of OpenTelemetry do, but for one thing: those keep to themselves what it turned down. */
export const poster = async <Request>({ config, wire, redact, breakOff }: PostDeps<Request>) => {
  const { convertLegacyHttpOptions, createOtlpHttpExportDelegate } =
    await import("@opentelemetry/otlp-exporter-base/node-http");
  const { contentType, encode, decode, spansIn } = wire;
  let partial = whole;
  const serializer = {
    serializeRequest: (request: Request) => {
      partial = whole;
      return encode(request);
    },
    deserializeResponse: (body: Uint8Array) => {
      // Most answers are empty.
      if (body.length > 0) partial = partialSuccessIn(body, decode);
      return {};
    },
  };
  const options = convertLegacyHttpOptions(config, "TRACES", "v1/traces", { "Content-Type": contentType });
  const timeoutMs = Math.min(options.timeoutMillis, timerAtMostMs);
  const delegate = createOtlpHttpExportDelegate(
    { ...options, timeoutMillis: timeoutMs },
    serializer,
    "otlp_http_span_exporter",
    { name: "span", countItems: spansIn },
    undefined,
  );
  const quoted = (text: string): string => redact(text).replace(/\s+/g, " ").trim().slice(0, quotedAtMost);
  const send = (request: Request): Promise<Answer> =>
    new Promise((resolve) =>
      delegate.export(request, ({ code, error }) => {
        if (code !== 0) return resolve({ type: "failed", reason: quoted(reasonOf(error)) });
        const rejected = Math.min(partial.rejectedSpans, spansIn(request));
        resolve({ type: "taken", rejected, says: quoted(partial.errorMessage) });
      }),
    );
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

/** A timer that is set to more goes off at once. */
const timerAtMostMs = 2 ** 31 - 1;

/** A collector may answer with a page of HTML. */
const quotedAtMost = 300;

/** Numbers of 64 bits are texts in JSON. */
const PartialSuccess = z.object({
  rejectedSpans: z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER).catch(0),
  errorMessage: z.string().catch(""),
});
const Body = z.object({ partialSuccess: PartialSuccess });

const whole: z.infer<typeof PartialSuccess> = { rejectedSpans: 0, errorMessage: "" };

const partialSuccessIn = (body: Uint8Array, decode: (body: Uint8Array) => unknown): typeof whole => {
  try {
    return Body.safeParse(decode(body)).data?.partialSuccess ?? whole;
  } catch {
    // It said that it took them, if not in words of OTLP.
    return whole;
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
