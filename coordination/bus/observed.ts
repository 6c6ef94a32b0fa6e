import type { Diagnostics } from "../protocol/diagnostics.ts";
import type { Bus, BusMessage, PublishOptions } from "./bus.ts";

/** When a message was published, in milliseconds of this process's clock, and a name of that clock. */
const sentHeader = "swarm-sent";

/** One message of so many is timed; all are counted. */
export const timedEvery = 8;

/** A bus that tells what passes it: how many messages, and of some how long they travelled and their handlers worked. */
export const observedBus = (bus: Bus, { tell, watch }: Diagnostics): Bus => {
  // Another process has another clock: what comes from there is not timed.
  const clock = String(performance.timeOrigin);
  let [published, handled, timed] = [0, 0, 0];
  const stamped = (options: PublishOptions | undefined): PublishOptions => ({
    ...options,
    headers: { ...options?.headers, [sentHeader]: [clock, String(performance.now())] },
  });
  const deliverySeconds = ({ headers }: BusMessage, nowMs: number): number | undefined => {
    const [whose, sentMs] = headers[sentHeader] ?? [];
    return whose === clock ? (nowMs - Number(sentMs)) / 1000 : undefined;
  };
  /** Messages by destination that nobody was told of yet: whoever looks is told, which costs less than telling of each. */
  const untold = new Map<string, number>();
  const count = (subject: string): void => {
    const destination = templateOf(subject);
    untold.set(destination, (untold.get(destination) ?? 0) + 1);
  };
  const tellPublished = (): void => {
    for (const [destination, messages] of untold) tell({ type: "message.published", destination, messages });
    untold.clear();
  };
  const unwatch = watch(() => {
    tellPublished();
    return [];
  });
  const end = (): void => {
    unwatch();
    tellPublished();
  };
  bus.onStatus((status) => {
    if (status.type === "slowConsumer") tell({ type: "message.dropped", reason: "slow-consumer" });
    if (status.type === "error") tell({ type: "message.dropped", reason: "bus-error" });
  });
  return {
    publish: (subject, data, options) => {
      bus.publish(subject, data, published++ % timedEvery === 0 ? stamped(options) : options);
      count(subject);
    },
    subscribe: (subject, handler, options) =>
      bus.subscribe(
        subject,
        (message) => {
          handled += 1;
          // What another process sent may carry no stamp; of that as many are timed as are wanting.
          if (!(sentHeader in message.headers) && timed * timedEvery >= handled) return handler(message);
          timed += 1;
          const fromMs = performance.now();
          const took = (): void => {
            const travelled = deliverySeconds(message, fromMs);
            tell({
              type: "message.handled",
              destination: templateOf(message.subject),
              handlingSeconds: (performance.now() - fromMs) / 1000,
              ...(travelled === undefined ? {} : { deliverySeconds: travelled }),
            });
          };
          const working = handler(message);
          if (working === undefined) return took();
          return working.then(took);
        },
        options,
      ),
    request: (subject, data, options) => {
      count(subject);
      return bus.request(subject, data, options);
    },
    flush: () => bus.flush(),
    drain: async () => {
      await bus.drain();
      end();
    },
    close: async () => {
      await bus.close();
      end();
    },
    onStatus: (listener) => bus.onStatus(listener),
  };
};

/** `swarm.RUN.to.ACTOR` and its like, with what differs from run to run named instead. */
const templateOf = (subject: string): string => {
  const afterRun = subject.startsWith("swarm.") ? subject.indexOf(".", "swarm.".length) : -1;
  const end = subject.indexOf(".", afterRun + 1);
  const kind = afterRun < 0 ? "" : subject.slice(afterRun + 1, end < 0 ? undefined : end);
  return templates.get(kind) ?? "other";
};

const templates: ReadonlyMap<string, string> = new Map([
  ["to", "swarm.{run}.to.{actor}"],
  ["ack", "swarm.{run}.ack"],
  ["raft", "swarm.{run}.raft.{node}"],
]);
