import type { Msg, MsgHdrs, NatsConnection, Status } from "nats";
import type {
  Bus,
  BusHandler,
  BusHeaders,
  BusMessage,
  BusStatusListener,
  BusSubscription,
  PublishOptions,
  RequestOptions,
  SubscribeOptions,
} from "./bus.ts";
import { clampTimeoutMs, DEFAULT_MAX_PAYLOAD_BYTES, DEFAULT_MAX_PENDING } from "./bus.ts";
import { BusError, busClosed, handlerFailed, slowConsumer } from "./bus-error.ts";
import { mailbox } from "./mailbox.ts";
import { connectFailed, disconnected, toBusError } from "./nats-error.ts";
import { connectionOptions, serversIn } from "./nats-options.ts";
import type { NatsBusOptions } from "./nats-options.ts";
import { offlineBuffer } from "./offline-buffer.ts";
import type { OfflineBuffer } from "./offline-buffer.ts";
import { checkHeaders, checkPayload } from "./payload.ts";
import { statusFeed } from "./status-feed.ts";
import { stepsInTurn } from "./steps-in-turn.ts";
import { checkPattern, checkQueue, checkSubject } from "./subjects.ts";

/**
 * A bus over a NATS server; the package is loaded here, and only when this is called. Rejects with NO_SERVER, or with
 * PERMISSION_DENIED where the server refuses the credentials.
 *
 * While the server is away, what is published waits in a bounded buffer and is sent, in order, once it is back; what
 * was on its way when the connection broke is lost. Requests are refused with DISCONNECTED meanwhile.
 */
export const natsBus = async (options: NatsBusOptions): Promise<Bus> => {
  const { connect, headers } = await import("nats");
  const client = await connect(connectionOptions(options)).catch((cause: unknown) => {
    throw connectFailed(serversIn(options.url).servers.join(", "), cause);
  });
  return new NatsBus({
    client,
    newHeaders: headers,
    offline: offlineBuffer(options.maxOfflineBytes ?? DEFAULT_MAX_OFFLINE_BYTES),
  });
};

const ENCODER = new TextEncoder();
const DEFAULT_MAX_OFFLINE_BYTES = 8 * 1_048_576;

type NatsBusDeps = {
  readonly client: NatsConnection;
  readonly newHeaders: () => MsgHdrs;
  readonly offline: OfflineBuffer;
};

class NatsBus implements Bus {
  readonly #client: NatsConnection;
  readonly #newHeaders: () => MsgHdrs;
  readonly #offline: OfflineBuffer;
  readonly #feed = statusFeed();
  readonly #inTurn = stepsInTurn();
  readonly #subscriptions = new Set<BusSubscription>();
  readonly #open = new Set<(error: BusError) => void>();
  #maxPayloadBytes = DEFAULT_MAX_PAYLOAD_BYTES;
  #isConnected = true;
  #state: "open" | "draining" | "closed" = "open";
  #drained: Promise<void> | undefined;

  constructor({ client, newHeaders, offline }: NatsBusDeps) {
    this.#client = client;
    this.#newHeaders = newHeaders;
    this.#offline = offline;
    this.#readLimits();
    void this.#watch();
    void client
      .closed()
      .then((cause) => this.#end(cause instanceof Error ? toBusError(cause, "the connection") : undefined));
  }

  publish(subject: string, data: unknown, options: PublishOptions = {}): void {
    const { headers, reply } = options;
    if (reply !== undefined) checkSubject(reply);
    const payload = this.#encode(subject, data, headers);
    const send = (): void =>
      this.#client.publish(subject, payload, {
        ...this.#withHeaders(headers),
        ...(reply === undefined ? {} : { reply }),
      });
    if (this.#isConnected) {
      try {
        send();
      } catch (cause) {
        throw toBusError(cause, subject);
      }
      return;
    }
    // The package empties its own buffer with each attempt to connect, so this bus keeps one.
    if (this.#offline.keep(send, payload.length + subject.length) === "firstDropped") {
      this.#report(
        subject,
        new BusError(
          "OFFLINE_BUFFER_FULL",
          "the server is away and the buffer full: messages are dropped; restart nats-server",
        ),
      );
    }
  }

  subscribe(subject: string, handler: BusHandler, options: SubscribeOptions = {}): BusSubscription {
    if (this.#state !== "open") throw busClosed();
    checkPattern(subject);
    const { queue, maxPending = DEFAULT_MAX_PENDING } = options;
    if (queue !== undefined) checkQueue(queue);
    const box = mailbox({
      handler,
      maxPending,
      schedule: this.#inTurn,
      overflowed: () => {
        subscription.unsubscribe();
        this.#feed.tell({ type: "slowConsumer", subject, queue, error: slowConsumer(subject, maxPending) });
      },
      handlerFailed: (cause) => this.#report(subject, handlerFailed(subject, cause)),
    });
    const inner = this.#client.subscribe(subject, {
      ...(queue === undefined ? {} : { queue }),
      // A denied subscription comes with an error here and in the status, and has ended already.
      callback: (error, message) =>
        error === null ? this.#receive(message, box.offer) : subscription.unsubscribe(),
    });
    const subscription: BusSubscription = {
      subject,
      unsubscribe: () => {
        if (this.#subscriptions.delete(subscription)) inner.unsubscribe();
        box.stop();
      },
      drain: async () => {
        // Fails only where subscription or bus have ended, and then the mailbox has stopped.
        await this.#untilClosed(inner.drain(), subject).catch(() => undefined);
        await box.finish();
        this.#subscriptions.delete(subscription);
      },
    };
    this.#subscriptions.add(subscription);
    return subscription;
  }

  async request(subject: string, data: unknown, { timeoutMs, headers }: RequestOptions): Promise<BusMessage> {
    const payload = this.#encode(subject, data, headers);
    if (!this.#isConnected) throw disconnected();
    const options = { timeout: clampTimeoutMs(timeoutMs), ...this.#withHeaders(headers) };
    return decode(await this.#untilClosed(this.#client.request(subject, payload, options), subject));
  }

  async flush(): Promise<void> {
    if (this.#state === "closed") throw busClosed();
    if (!this.#isConnected) throw disconnected();
    await this.#untilClosed(this.#client.flush(), "the connection");
  }

  async drain(): Promise<void> {
    if (this.#state === "closed") throw busClosed();
    this.#state = "draining";
    this.#drained ??= this.#drainAll();
    await this.#drained;
  }

  async close(): Promise<void> {
    this.#end(undefined);
    await this.#client.close();
  }

  onStatus(listener: BusStatusListener): () => void {
    return this.#feed.listen(listener);
  }

  async #drainAll(): Promise<void> {
    await Promise.all([...this.#subscriptions].map((subscription) => subscription.drain()));
    // Without a server there is nothing left to wait for; closing is all the same what was asked for.
    await this.flush().catch(() => undefined);
    await this.close();
  }

  #encode(subject: string, data: unknown, headers: BusHeaders | undefined): Uint8Array {
    if (this.#state === "closed") throw busClosed();
    checkSubject(subject);
    checkPayload(data, checkHeaders(headers), this.#maxPayloadBytes);
    return ENCODER.encode(JSON.stringify(data));
  }

  #withHeaders(headers: BusHeaders | undefined): { headers?: MsgHdrs } {
    const entries = Object.entries(headers ?? {});
    if (entries.length === 0) return {};
    const encoded = this.#newHeaders();
    for (const [name, values] of entries) for (const value of values) encoded.append(name, value);
    return { headers: encoded };
  }

  #receive(message: Msg, offer: (message: BusMessage) => void): void {
    // The server's own "no responders", sent to the reply subject of a plain publish, is no message of anybody's.
    if (message.data.length === 0 && message.headers?.code === 503) return;
    let decoded: BusMessage;
    try {
      decoded = decode(message);
    } catch (cause) {
      this.#report(message.subject, toBusError(cause, message.subject));
      return;
    }
    offer(decoded);
  }

  /** Rejects when the bus closes, where the package would never answer or call it a timeout. */
  #untilClosed<Result>(work: Promise<Result>, subject: string): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#open.add(reject);
      work
        .then(resolve, (cause: unknown) => reject(toBusError(cause, subject)))
        .finally(() => this.#open.delete(reject));
    });
  }

  async #watch(): Promise<void> {
    for await (const status of this.#client.status()) this.#heard(status);
  }

  #heard(status: Status): void {
    if (this.#state === "closed") return;
    // A string, since the package's enum exists only once it is loaded.
    const type: string = status.type;
    const { permissionContext } = status;
    const data = typeof status.data === "string" ? status.data : JSON.stringify(status.data);
    if (type === "disconnect") {
      this.#isConnected = false;
      this.#feed.tell({ type: "disconnected", server: data });
    } else if (type === "reconnect") {
      this.#isConnected = true;
      this.#readLimits();
      this.#feed.tell({ type: "reconnected", server: data });
      this.#offline.release((cause) => this.#report(undefined, toBusError(cause, "a message kept offline")));
    } else if (type === "error" && permissionContext !== undefined) {
      const { operation, subject } = permissionContext;
      this.#report(
        subject,
        new BusError(
          "PERMISSION_DENIED",
          `the server denies ${operation} on ${subject}; allow it for this user`,
        ),
      );
    } else if (type === "error") {
      this.#report(undefined, new BusError("SERVER_ERROR", `the server reports ${data}; see its log`));
    }
  }

  #report(subject: string | undefined, error: BusError): void {
    this.#feed.tell({ type: "error", subject, error });
  }

  #readLimits(): void {
    this.#maxPayloadBytes = this.#client.info?.max_payload ?? this.#maxPayloadBytes;
  }

  #end(error: BusError | undefined): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    for (const reject of this.#open) reject(busClosed());
    for (const subscription of [...this.#subscriptions]) subscription.unsubscribe();
    this.#offline.clear();
    this.#feed.tell({ type: "closed", error });
  }
}

const decode = (message: Msg): BusMessage => {
  const { subject, reply } = message;
  try {
    return {
      subject,
      data: message.json<unknown>(),
      headers: Object.fromEntries(message.headers ?? []),
      reply: reply === "" ? undefined : reply,
    };
  } catch (cause) {
    throw new BusError("NOT_JSON", `a message on ${subject} is no JSON; find out who sends it`, { cause });
  }
};
