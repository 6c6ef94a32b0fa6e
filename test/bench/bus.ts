import { EventEmitter } from "node:events";
import type { Bus } from "../../coordination/bus/bus.ts";
import { memoryBus } from "../../coordination/bus/memory.ts";
import { natsBus } from "../../coordination/bus/nats.ts";
import { hasNatsServer, startNatsServer } from "../support/nats-server.ts";

/**
 * How fast the bus is: publish to one subscriber, and request-reply alone and with many in flight, against a bare
 * EventEmitter that does the same without a promise to keep. Only ratios hold on a shared machine: all contestants take
 * turns in the same rounds, and the median over the rounds counts.
 */
const main = async (): Promise<void> => {
  const server = hasNatsServer() ? await startNatsServer() : undefined;
  const buses = [
    { name: "memory", bus: memoryBus() },
    ...(server === undefined ? [] : [{ name: "NATS", bus: await natsBus({ url: server.url }) }]),
  ];
  const contestants: readonly Contestant[] = [
    { name: "EventEmitter publish", run: () => emit(200_000) },
    ...buses.map(({ name, bus }) => ({
      name: `${name} publish`,
      run: () => publish(bus, name === "memory" ? 200_000 : 50_000),
    })),
    { name: "EventEmitter request", run: () => emitAndAnswer(100_000) },
    ...buses.flatMap(({ name, bus }) => [
      { name: `${name} request`, run: () => ask(bus, name === "memory" ? 50_000 : 1_000, 1) },
      { name: `${name} request, 64 in flight`, run: () => ask(bus, name === "memory" ? 50_000 : 10_000, 64) },
    ]),
  ];
  report(await race(contestants));
  for (const { bus } of buses) await bus.close();
  await server?.stop();
};

/** Does a number of operations and tells how many. */
type Contestant = { readonly name: string; readonly run: () => Promise<number> };
type Result = { readonly name: string; readonly perSecond: number };

const ROUNDS = 9;
const BATCH = 1_000;
const VOTE = Object.freeze({ type: "vote.cast", ballot: "ballot-17", choice: "yes", confidence: 0.9 });

const race = async (contestants: readonly Contestant[]): Promise<readonly Result[]> => {
  const rates = contestants.map((): number[] => []);
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (const [at, { run }] of contestants.entries()) {
      const startedMs = performance.now();
      const operations = await run();
      const perSecond = (operations * 1_000) / (performance.now() - startedMs);
      // The first round warms up.
      if (round > 0) rates[at]?.push(perSecond);
    }
  }
  return contestants.map(({ name }, at) => ({ name, perSecond: median(rates[at] ?? []) }));
};

const report = (results: readonly Result[]): void => {
  for (const { name, perSecond } of results) {
    const baseline = results.find(
      (other) => other.name === (name.includes("request") ? "EventEmitter request" : "EventEmitter publish"),
    );
    const ratio = perSecond / (baseline?.perSecond ?? perSecond);
    console.log(
      `${name.padEnd(32)} ${Math.round(perSecond).toLocaleString("en").padStart(12)}/s   ${ratio.toFixed(4)} of EventEmitter`,
    );
  }
};

const publish = (bus: Bus, count: number): Promise<number> =>
  new Promise((resolve) => {
    let received = 0;
    const subscription = bus.subscribe("bench.vote", () => {
      received += 1;
      if (received === count) {
        subscription.unsubscribe();
        resolve(count);
      } else if (received % BATCH === 0) {
        sendBatch();
      }
    });
    const sendBatch = (): void => {
      for (let at = 0; at < BATCH; at += 1) bus.publish("bench.vote", VOTE);
    };
    sendBatch();
  });

const ask = async (bus: Bus, count: number, inFlight: number): Promise<number> => {
  const subscription = bus.subscribe("bench.ask", ({ data, reply }) => bus.publish(reply ?? "", data));
  await bus.flush();
  let asked = 0;
  const askOn = async (): Promise<void> => {
    while (asked < count) {
      asked += 1;
      await bus.request("bench.ask", VOTE, { timeoutMs: 10_000 });
    }
  };
  await Promise.all(Array.from({ length: inFlight }, askOn));
  subscription.unsubscribe();
  return count;
};

const emit = async (count: number): Promise<number> => {
  const emitter = new EventEmitter();
  let received = 0;
  emitter.on("bench.vote", () => {
    received += 1;
  });
  for (let at = 0; at < count; at += 1) emitter.emit("bench.vote", VOTE);
  return received;
};

const emitAndAnswer = async (count: number): Promise<number> => {
  const emitter = new EventEmitter();
  emitter.on("bench.ask", (data: unknown, reply: string) => emitter.emit(reply, data));
  for (let at = 0; at < count; at += 1) {
    await new Promise((resolve) => {
      emitter.once("bench.back", resolve);
      emitter.emit("bench.ask", VOTE, "bench.back");
    });
  }
  return count;
};

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

await main();
