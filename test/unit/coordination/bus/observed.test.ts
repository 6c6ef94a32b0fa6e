import { expect, test } from "vitest";
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
