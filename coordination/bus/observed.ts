import type { Diagnostics } from "../protocol/diagnostics.ts";
import type { Bus, BusMessage, PublishOptions } from "./bus.ts";

/** When a message was published, in milliseconds of this process's clock, and a name of that clock. */
const sentHeader = "swarm-sent";

/** Of the messages to one kind of destination the first is timed, and then one of so many; all are counted. */
const timedEvery = 32;

/** A kind of destination, `swarm.RUN.TOKEN…`, and what passed on the way there. */
type Kind = {
  readonly token: string;
  /** Its subject with what differs from run to run named instead. */
  readonly destination: string;
  published: number;
  /** Published, and nobody was told yet: whoever looks is told, which costs less than telling of each. */
  untold: number;
  handled: number;
  timed: number;
};

/** A bus that tells what passes it: how many messages, and of some how long they travelled and their handlers worked. */
export const observedBus = (bus: Bus, { tell, watch }: Diagnostics): Bus => {
  // Another process has another clock: what comes from there is not timed.
  const clock = String(performance.timeOrigin);
  const { kinds, kindOf } = destinations();
  const stamped = (options: PublishOptions | undefined): PublishOptions => ({
    ...options,
    headers: { ...options?.headers, [sentHeader]: [clock, String(performance.now())] },
  });
  const deliverySeconds = ({ headers }: BusMessage, nowMs: number): number | undefined => {
    const [whose, sentMs] = headers[sentHeader] ?? [];
    return whose === clock ? (nowMs - Number(sentMs)) / 1000 : undefined;
  };
  const tellPublished = (): void => {
    for (const kind of kinds) {
      const { destination, untold: messages } = kind;
      kind.untold = 0;
      if (messages > 0) tell({ type: "message.published", destination, messages });
    }
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
      const kind = kindOf(subject);
      bus.publish(subject, data, kind.published % timedEvery === 0 ? stamped(options) : options);
      kind.published += 1;
      kind.untold += 1;
    },
    subscribe: (subject, handler, options) => {
      const kind = kindOf(subject);
      const timed = (message: BusMessage): void | Promise<void> => {
        kind.timed += 1;
        const fromMs = performance.now();
        const took = (): void => {
          const travelled = deliverySeconds(message, fromMs);
          tell({
            type: "message.handled",
            destination: kindOf(message.subject).destination,
            handlingSeconds: (performance.now() - fromMs) / 1000,
            ...(travelled === undefined ? {} : { deliverySeconds: travelled }),
          });
        };
        const working = handler(message);
        if (working === undefined) return took();
        return working.then(took);
      };
      const observed = (message: BusMessage): void | Promise<void> => {
        kind.handled += 1;
        // What another process sent may carry no stamp; of that as many are timed as are wanting.
        const isEnough = kind.timed * timedEvery >= kind.handled;
        return isEnough && !(sentHeader in message.headers) ? handler(message) : timed(message);
      };
      return bus.subscribe(subject, observed, options);
    },
    request: (subject, data, options) => {
      kindOf(subject).untold += 1;
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

const destinations = () => {
  const kind = (token: string, destination: string): Kind => ({
    token,
    destination,
    published: 0,
    untold: 0,
    handled: 0,
    timed: 0,
  });
  const other = kind("", "other");
  const known = [
    kind("to", "swarm.{run}.to.{actor}"),
    kind("ack", "swarm.{run}.ack"),
    kind("raft", "swarm.{run}.raft.{node}"),
  ];
  const kindOf = (subject: string): Kind => {
    const at = subject.startsWith("swarm.") ? subject.indexOf(".", "swarm.".length) + 1 : 0;
    if (at === 0) return other;
    for (const one of known) {
      const end = at + one.token.length;
      if (subject.startsWith(one.token, at) && (end === subject.length || subject[end] === ".")) return one;
    }
    return other;
  };
  return { kinds: [...known, other], kindOf };
};
