import { expect, test } from "vitest";
import type { BusMessage } from "../../../../coordination/bus/bus.ts";
import { memoryBus } from "../../../../coordination/bus/memory.ts";
import { observedBus } from "../../../../coordination/bus/observed.ts";
import type { Diagnostic, Reading } from "../../../../coordination/protocol/diagnostics.ts";

/** Someone who is told, and looks. */
const observer = () => {
  const told: Diagnostic[] = [];
  const watched = new Set<() => readonly Reading[]>();
  return {
    told,
    watched,
    tell: (diagnostic: Diagnostic): void => void told.push(diagnostic),
    watch: (read: () => readonly Reading[]) => {
      watched.add(read);
      return () => void watched.delete(read);
    },
    look: () => [...watched].flatMap((read) => read()),
  };
};

const published = (told: readonly Diagnostic[]) =>
  told.flatMap((each) => (each.type === "message.published" ? [[each.destination, each.messages]] : []));

test("whoever looks is told of each message once, by where it went", async () => {
  const someone = observer();
  const bus = observedBus(memoryBus(), someone);
  for (let sent = 0; sent < 3; sent += 1) bus.publish("swarm.r1.raft.2", "x");
  bus.publish("swarm.r1.to.agent/ann", "y");
  expect(published(someone.told)).toEqual([]);
  someone.look();
  someone.look();
  expect(published(someone.told)).toEqual([
    ["swarm.{run}.to.{actor}", 1],
    ["swarm.{run}.raft.{node}", 3],
  ]);
  await bus.close();
});

test.each(["close", "drain"] as const)("%s tells the rest, and nobody watches on", async (end) => {
  const someone = observer();
  const bus = observedBus(memoryBus(), someone);
  bus.publish("swarm.r1.ack", "z");
  await bus[end]();
  expect(published(someone.told)).toEqual([["swarm.{run}.ack", 1]]);
  expect(someone.watched.size).toBe(0);
});

test("all messages are counted, one in 32 is timed", async () => {
  const someone = observer();
  const bus = observedBus(memoryBus(), someone);
  let handled = 0;
  bus.subscribe("swarm.r1.ack", () => void (handled += 1));
  for (let sent = 0; sent < 640; sent += 1) bus.publish("swarm.r1.ack", String(sent));
  await bus.drain();
  expect(handled).toBe(640);
  const timed = someone.told.filter(({ type }) => type === "message.handled");
  expect(timed).toHaveLength(20);
  for (const each of timed)
    if (each.type === "message.handled") expect(each.handlingSeconds).toBeGreaterThanOrEqual(0);
});

test("of what other processes send one in 32 is timed, too", async () => {
  const someone = observer();
  const inner = memoryBus();
  const bus = observedBus(inner, someone);
  bus.subscribe("swarm.r1.ack", () => undefined);
  for (let sent = 0; sent < 640; sent += 1) inner.publish("swarm.r1.ack", String(sent));
  await bus.drain();
  const timed = someone.told.filter(({ type }) => type === "message.handled");
  expect(timed).toHaveLength(20);
  for (const each of timed) expect(each).not.toHaveProperty("deliverySeconds");
});

test("the first message to each kind of destination is timed, however few there are", async () => {
  const someone = observer();
  const bus = observedBus(memoryBus(), someone);
  for (const subject of ["swarm.r1.to.>", "swarm.r1.ack", "swarm.r1.raft.1", "news"])
    bus.subscribe(subject, () => undefined);
  for (const subject of ["swarm.r1.to.agent/ann", "swarm.r1.ack", "swarm.r1.raft.1", "news"]) {
    bus.publish(subject, "x");
    bus.publish(subject, "y");
  }
  await bus.drain();
  const timed = someone.told.flatMap((each) => (each.type === "message.handled" ? [each] : []));
  expect(timed.map(({ destination }) => destination)).toEqual([
    "swarm.{run}.to.{actor}",
    "swarm.{run}.ack",
    "swarm.{run}.raft.{node}",
    "other",
  ]);
  for (const { deliverySeconds } of timed) expect(deliverySeconds).toBeGreaterThanOrEqual(0);
});

test("a request is a message too; what the bus refuses is none", async () => {
  const someone = observer();
  const bus = observedBus(memoryBus(), someone);
  bus.subscribe("swarm.r1.ack", ({ reply }) => bus.publish(reply ?? "", null));
  await bus.request("swarm.r1.ack", null, { timeoutMs: 10_000 });
  expect(() => bus.publish("swarm.r1.ack", 1n)).toThrow(expect.objectContaining({ code: "NOT_JSON" }));
  await bus.close();
  expect(published(someone.told)).toEqual([
    ["swarm.{run}.ack", 1],
    ["other", 1],
  ]);
});

test.each(["swarm.r1.total", "swarm.r1.a.to.b", "swarm", "swarmed.r1.to.b"])(
  "%s is no destination of its own",
  async (subject) => {
    const someone = observer();
    const bus = observedBus(memoryBus(), someone);
    bus.publish(subject, null);
    await bus.close();
    expect(published(someone.told)).toEqual([["other", 1]]);
  },
);

test("what a message carries arrives beside the stamp", async () => {
  const bus = observedBus(memoryBus(), observer());
  const seen: BusMessage[] = [];
  bus.subscribe("swarm.r1.ack", (message) => void seen.push(message));
  bus.publish("swarm.r1.ack", 1, { headers: { trace: ["t"] }, reply: "back" });
  await bus.drain();
  expect(seen).toMatchObject([{ data: 1, headers: { trace: ["t"] }, reply: "back" }]);
});

test("the stamp of another process's clock says nothing", async () => {
  const someone = observer();
  const inner = memoryBus();
  observedBus(inner, someone).subscribe("swarm.r1.ack", () => undefined);
  inner.publish("swarm.r1.ack", 1, { headers: { "swarm-sent": ["another clock", "1"] } });
  await inner.drain();
  const handled = someone.told.filter(({ type }) => type === "message.handled");
  expect(handled).toHaveLength(1);
  expect(handled[0]).not.toHaveProperty("deliverySeconds");
});

test("messages that are dropped are told, with why", async () => {
  const someone = observer();
  const bus = observedBus(memoryBus(), someone);
  bus.subscribe("slow", () => new Promise<void>(() => undefined), { maxPending: 1 });
  for (const data of [1, 2, 3]) bus.publish("slow", data);
  bus.subscribe("fails", () => {
    throw new Error("thrown");
  });
  bus.publish("fails", 1);
  await bus.flush();
  await bus.close();
  const reasons = someone.told.flatMap((each) => (each.type === "message.dropped" ? [each.reason] : []));
  expect(reasons).toEqual(["slow-consumer", "bus-error"]);
});
