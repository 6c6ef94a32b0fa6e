import { EventEmitter, once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { SwarmError } from "../../coordination/protocol/errors.ts";

export type MetricsServerOptions = {
  /** An address of this machine. */
  readonly host: string;
  /** `0`: any that is free. */
  readonly port: number;
  /** All metrics, for this reader. */
  readonly metrics: (reader: MetricsReader) => Promise<MetricsText>;
};

export type MetricsReader = {
  /** The formats that it reads, as HTTP writes them. */
  readonly accept: string | undefined;
  /** Prometheus, or what scrapes as it does: it comes again and again, and adds up what has changed. */
  readonly isScraper: boolean;
};

export type MetricsText = {
  readonly contentType: string;
  readonly text: string;
  /** The metrics stand otherwise by now: who reads this has to come again. */
  readonly isEarly?: boolean;
};

export type MetricsServer = {
  /** Where the metrics are, with the real port. */
  readonly url: string;
  /** Resolves when the metrics have been read once more, or on abort. */
  nextVisit(signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
};

/** Serves `/metrics` and `/healthz`. Throws `BAD_USAGE` where it cannot listen. It keeps no process alive. */
export const serveMetrics = async ({ host, port, metrics }: MetricsServerOptions): Promise<MetricsServer> => {
  const visits = new EventEmitter();
  const server = createServer((request, response) => {
    const answer = (status: number, type: string, body: string): void => {
      response.writeHead(status, { "content-type": type, "cache-control": "no-store" });
      response.end(request.method === "HEAD" ? undefined : body);
    };
    const plain = "text/plain; charset=utf-8";
    if (request.method !== "GET" && request.method !== "HEAD") {
      response.setHeader("allow", "GET, HEAD");
      return answer(405, plain, "only GET\n");
    }
    switch (request.url?.split("?", 1)[0]) {
      case "/healthz":
        return answer(200, plain, "ok\n");
      case "/metrics":
        // Who had asked before somebody waited has not seen the end; who asks for the head sees nothing.
        const isReading = request.method === "GET";
        const isVisit = isReading && visits.listenerCount("visit") > 0;
        const isScraper = isReading && request.headers["x-prometheus-scrape-timeout-seconds"] !== undefined;
        metrics({ accept: request.headers.accept, isScraper }).then(
          ({ contentType, text, isEarly = false }) => {
            if (isVisit && !isEarly) response.on("finish", () => visits.emit("visit"));
            answer(200, contentType, text);
          },
          (error: unknown) =>
            answer(500, plain, `${error instanceof Error ? error.message : String(error)}\n`),
        );
        return;
      default:
        return answer(404, plain, "there are /metrics and /healthz\n");
    }
  });
  server.listen({ host, port });
  try {
    await once(server, "listening");
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new SwarmError(
      "BAD_USAGE",
      `metrics cannot be served on ${host}:${port} (${reason}); choose another --metrics-port, 0 takes a free one`,
      { cause },
    );
  }
  server.unref();
  const { address, family, port: bound } = server.address() as AddressInfo;
  const shown = family === "IPv6" ? `[${address}]` : address;
  return {
    url: `http://${shown}:${bound}/metrics`,
    nextVisit: async (signal) => {
      // Whoever waits for a visitor must live to see one.
      server.ref();
      await once(visits, "visit", { signal }).catch(() => undefined);
      server.unref();
    },
    close: async () => {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
};
