import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { decodeOtlp, type ReceivedRequest, type ReceivedSpan } from "./otlp.ts";

/** What a collector does with a request, after it was read. */
export type Conduct = (request: IncomingMessage, response: ServerResponse) => void;

export const accepts: Conduct = (_, response) => void response.end();
export const refuses: Conduct = (_, response) => void response.writeHead(400).end("no");
export const isBusy: Conduct = (_, response) => void response.writeHead(503).end();
/** Takes the spans in, and says in the form of the request that it turned some down, or warns of something. Both in less than 128 bytes. */
export const objects =
  (rejectedSpans: number, errorMessage: string): Conduct =>
  ({ headers }, response) => {
    if (headers["content-type"] === "application/json")
      return void response.end(
        JSON.stringify({ partialSuccess: { rejectedSpans: String(rejectedSpans), errorMessage } }),
      );
    const text = Buffer.from(errorMessage);
    const partialSuccess = Buffer.from([0x08, rejectedSpans, 0x12, text.length, ...text]);
    response.end(Buffer.from([0x0a, partialSuccess.length, ...partialSuccess]));
  };
/** Begins an answer, and adds a byte to it for ever. */
export const drips: Conduct = (_, response) => {
  const drip = setInterval(() => response.write(" "), 20);
  response.on("close", () => clearInterval(drip));
};
/** Reads and never answers. */
export const hangs: Conduct = () => undefined;

export type OtlpReceiver = {
  readonly url: string;
  readonly requests: readonly ReceivedRequest[];
  /** The raw bodies, in the order in which they came. */
  readonly bodies: readonly Buffer[];
  readonly headers: readonly IncomingMessage["headers"][];
  readonly spans: () => readonly ReceivedSpan[];
  close(): Promise<void>;
};

/** A real collector on a free port of 127.0.0.1, that keeps what it is sent. */
export const startOtlpReceiver = async (conduct: Conduct = accepts): Promise<OtlpReceiver> => {
  const requests: ReceivedRequest[] = [];
  const bodies: Buffer[] = [];
  const headers: IncomingMessage["headers"][] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => void chunks.push(chunk));
    request.on("end", () => {
      const body = Buffer.concat(chunks);
      bodies.push(body);
      headers.push(request.headers);
      requests.push(...decodeOtlp(body, request.headers["content-type"] ?? ""));
      conduct(request, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("a receiver listens on a port");
  return {
    url: `http://127.0.0.1:${address.port}`,
    requests,
    bodies,
    headers,
    spans: () => requests.flatMap(({ spans }) => spans),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};

/** What is wrong with a set of spans as the whole trace of one run. */
export const flawsOf = (spans: readonly ReceivedSpan[]): readonly string[] => {
  const ids = new Set(spans.map(({ spanId }) => spanId));
  const roots = spans.filter(({ parentSpanId }) => parentSpanId === "");
  return [
    ...(new Set(spans.map(({ traceId }) => traceId)).size === 1 ? [] : ["not one trace"]),
    ...(ids.size === spans.length ? [] : [`${spans.length - ids.size} spans came twice`]),
    ...(roots.length === 1 ? [] : [`${roots.length} roots`]),
    ...spans.flatMap(({ name, parentSpanId }) =>
      parentSpanId === "" || ids.has(parentSpanId) ? [] : [`${name} is an orphan`],
    ),
    ...spans.flatMap(({ name, links }) =>
      links.every(({ spanId }) => ids.has(spanId)) ? [] : [`${name} links to nothing`],
    ),
  ];
};
