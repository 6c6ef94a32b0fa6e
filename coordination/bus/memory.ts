import { microtask } from "../protocol/microtask.ts";
import type {
  Bus,
  BusHandler,
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
import { routeTable } from "./route-table.ts";
import type { Member } from "./route-table.ts";
import { checkHeaders, checkPayload } from "./payload.ts";
import { statusFeed } from "./status-feed.ts";
import { checkPattern, checkQueue, checkSubject } from "./subjects.ts";

export type MemoryBusOptions = {
  /**
   * Runs a delivery later, never at once; by default a microtask. Each step hands one message to one subscription, or one reply to
   * its request, and steps of different subscriptions may run in any order. Microtasks run before timers and sockets:
   * two handlers that answer each other forever starve both, where `setImmediate` as schedule would not.
   */
  readonly schedule?: (step: () => void) => void;
  /** Fires once after `ms` unless the result is called before; by default `setTimeout`. */
  readonly startTimer?: (ms: number, fire: () => void) => () => void;
  readonly maxPayloadBytes?: number;
};

/** A bus inside this process. Messages are passed by reference, so their data must not change once published. */
export const memoryBus = (options: MemoryBusOptions = {}): Bus => new MemoryBus(options);

type Entry = Member & {
  readonly subscription: BusSubscription;
  readonly catchUp: () => Promise<void>;
};

type OpenRequest = {
  readonly resolve: (reply: BusMessage) => void;
  readonly reject: (error: BusError) => void;
  readonly stopTimer: () => void;
};

const INBOX = "_INBOX.";

class MemoryBus implements Bus {
  readonly #schedule: (step: () => void) => void;
  readonly #startTimer: (ms: number, fire: () => void) => () => void;
  readonly #maxPayloadBytes: number;
  readonly #feed = statusFeed();
  readonly #routes = routeTable<Entry>();
  readonly #entries = new Set<Entry>();
  readonly #requests = new Map<string, OpenRequest>();
  #requestCount = 0;
  #state: "open" | "draining" | "closed" = "open";
  #drained: Promise<void> | undefined;

  constructor(options: MemoryBusOptions) {
    this.#schedule = options.schedule ?? microtask;
    this.#startTimer = options.startTimer ?? startTimeout;
    this.#maxPayloadBytes = options.maxPayloadBytes ?? DEFAULT_MAX_PAYLOAD_BYTES;
  }

  publish(subject: string, data: unknown, options?: PublishOptions): void {
    if (options?.reply !== undefined) checkSubject(options.reply);
    this.#send(subject, data, options);
  }

  subscribe(subject: string, handler: BusHandler, options: SubscribeOptions = {}): BusSubscription {
    if (this.#state !== "open") throw busClosed();
    checkPattern(subject);
    const { queue, maxPending = DEFAULT_MAX_PENDING } = options;
    if (queue !== undefined) checkQueue(queue);
    const box = mailbox({
      handler,
      maxPending,
      schedule: this.#schedule,
      overflowed: () => {
        this.#remove(entry);
        this.#feed.tell({ type: "slowConsumer", subject, queue, error: slowConsumer(subject, maxPending) });
      },
      handlerFailed: (cause) =>
        this.#feed.tell({ type: "error", subject, error: handlerFailed(subject, cause) }),
    });
    const subscription: BusSubscription = {
      subject,
      unsubscribe: () => {
        this.#remove(entry);
        box.stop();
      },
      drain: () => {
        this.#routes.remove(entry);
        // Known to the bus until then, so that `close` can cut the drain short.
        return box.finish().then(() => this.#remove(entry));
      },
    };
    const entry: Entry = { pattern: subject, queue, offer: box.offer, catchUp: box.catchUp, subscription };
    this.#entries.add(entry);
    this.#routes.add(entry);
    return subscription;
  }

  async request(subject: string, data: unknown, options: RequestOptions): Promise<BusMessage> {
    this.#requestCount += 1;
    const reply = `${INBOX}${this.#requestCount}`;
    const { headers } = options;
    const receivers = this.#send(subject, data, headers === undefined ? { reply } : { headers, reply });
    return new Promise((resolve, reject) => {
      if (receivers === 0) {
        this.#schedule(() =>
          reject(
            new BusError(
              "NO_RESPONDERS",
              `nobody subscribes to ${subject}; start who answers, then ask again`,
            ),
          ),
        );
        return;
      }
      const timeoutMs = clampTimeoutMs(options.timeoutMs);
      const stopTimer = this.#startTimer(timeoutMs, () => {
        if (!this.#requests.delete(reply)) return;
        reject(new BusError("REQUEST_TIMEOUT", `no answer on ${subject} in ${timeoutMs} ms`));
      });
      this.#requests.set(reply, { resolve, reject, stopTimer });
    });
  }

  async flush(): Promise<void> {
    this.#assertOpen();
    await Promise.all([...this.#entries].map(({ catchUp }) => catchUp()));
    // What waited may have gone with the bus.
    this.#assertOpen();
  }

  drain(): Promise<void> {
    if (this.#state === "closed") return Promise.reject(busClosed());
    this.#state = "draining";
    this.#drained ??= Promise.all([...this.#entries].map(({ subscription }) => subscription.drain())).then(
      () => this.close(),
    );
    return this.#drained;
  }

  close(): Promise<void> {
    if (this.#state !== "closed") {
      this.#state = "closed";
      for (const { subscription } of [...this.#entries]) subscription.unsubscribe();
      for (const { reject, stopTimer } of this.#requests.values()) {
        stopTimer();
        reject(busClosed());
      }
      this.#requests.clear();
      this.#feed.tell({ type: "closed", error: undefined });
    }
    return Promise.resolve();
  }

  onStatus(listener: BusStatusListener): () => void {
    return this.#feed.listen(listener);
  }

  /** How many subscriptions, queue groups and requests took the message. */
  #send(subject: string, data: unknown, options: PublishOptions | undefined): number {
    this.#assertOpen();
    const request = this.#requests.get(subject);
    const route = this.#routes.cached(subject);
    if (route === undefined && request === undefined) checkSubject(subject);
    const headers = options?.headers;
    checkPayload(data, checkHeaders(headers), this.#maxPayloadBytes);
    const message: BusMessage = { subject, data, headers: headers ?? NO_HEADERS, reply: options?.reply };
    const received = (route ?? this.#routes.find(subject)).offer(message);
    if (request === undefined) return received;
    // Taken off before the step runs: a second reply comes too late however the steps are ordered.
    this.#requests.delete(subject);
    request.stopTimer();
    this.#schedule(() => request.resolve(message));
    return received + 1;
  }

  #assertOpen(): void {
    if (this.#state === "closed") throw busClosed();
  }

  #remove(entry: Entry): void {
    this.#entries.delete(entry);
    this.#routes.remove(entry);
  }
}

const NO_HEADERS = Object.freeze({});

const startTimeout = (ms: number, fire: () => void): (() => void) => {
  const timer = setTimeout(fire, ms);
  return () => clearTimeout(timer);
};
