import type { Diagnostics } from "../protocol/diagnostics.ts";
import type { Bus, BusMessage, PublishOptions } from "./bus.ts";

/** When a message was published, in milliseconds of this process's clock, and a name of that clock. */
const sentHeader = "swarm-sent";

/** A bus that tells what passes it: how many messages, how long they travelled and how long their handlers worked. */
export const observedBus = (bus: Bus, { tell }: Diagnostics): Bus => {
  // Another process has another clock: what comes from there is not timed.
  const clock = String(performance.timeOrigin);
  const stamped = (options: PublishOptions | undefined): PublishOptions => ({
    ...options,
    headers: { ...options?.headers, [sentHeader]: [clock, String(performance.now())] },
  });
  const deliverySeconds = ({ headers }: BusMessage, nowMs: number): number | undefined => {
    const [whose, sentMs] = headers[sentHeader] ?? [];
    return whose === clock ? (nowMs - Number(sentMs)) / 1000 : undefined;
  };
  bus.onStatus((status) => {
    if (status.type === "slowConsumer") tell({ type: "message.dropped", reason: "slow-consumer" });
    if (status.type === "error") tell({ type: "message.dropped", reason: "bus-error" });
  });
  return {
    publish: (subject, data, options) => {
      bus.publish(subject, data, stamped(options));
      tell({ type: "message.published", destination: templateOf(subject) });
    },
    subscribe: (subject, handler, options) =>
      bus.subscribe(
        subject,
        (message) => {
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
      tell({ type: "message.published", destination: templateOf(subject) });
      return bus.request(subject, data, options);
    },
    flush: () => bus.flush(),
    drain: () => bus.drain(),
    close: () => bus.close(),
    onStatus: (listener) => bus.onStatus(listener),
  };
};

/** `swarm.RUN.to.ACTOR` and its like, with what differs from run to run named instead. */
const templateOf = (subject: string): string => {
  const [root, , kind, last] = subject.split(".", 4);
  if (root !== "swarm" || kind === undefined) return "other";
  const variable = variables.get(kind);
  if (variable === undefined) return "other";
  return last === undefined ? `swarm.{run}.${kind}` : `swarm.{run}.${kind}.{${variable}}`;
};

const variables: ReadonlyMap<string, string> = new Map([
  ["to", "actor"],
  ["ack", "id"],
  ["raft", "node"],
]);
