import { inboxSubject } from "../../../../coordination/bus/subjects.ts";
import { expect, test } from "vitest";
import {
  acknowledgedCourier,
  localCourier,
  resendAfterMs,
  resendBurst,
  type CourierDeps,
} from "../../../../actors/runtime/courier.ts";
import { DEFAULT_MAX_PENDING } from "../../../../coordination/bus/bus.ts";
import { memoryBus } from "../../../../coordination/bus/memory.ts";
import type { Envelope } from "../../../../coordination/protocol/envelope.ts";
import { actorId, effectId, runId } from "../../../../coordination/protocol/ids.ts";
import { SimulatedClock } from "../../../simulation/clock.ts";
import { Random } from "../../../simulation/random.ts";

const run = runId("r");
const ann = actorId("ann");
const letter = (index: number): Envelope => ({
  id: effectId(ann, 0, index),
  run,
  to: ann,
  body: { type: "run.started" },
});
const onDisk = () => Promise.resolve();
const never = () => new Promise<void>(() => undefined);

const office = (open: typeof localCourier = acknowledgedCourier) => {
  const clock = new SimulatedClock(new Random(1));
  const bus = memoryBus();
  const delivered: string[] = [];
  const paid: string[] = [];
  const broken: unknown[] = [];
  const published: string[] = [];
  bus.subscribe(inboxSubject(run, ann), ({ data }) => void published.push((data as Envelope).id));
  const deps: CourierDeps = {
    bus,
    run,
    clock,
    deliver: ({ id }) => void delivered.push(id),
    paid: (id) => void paid.push(id),
    broken: (error) => void broken.push(error),
  };
  return { clock, bus, delivered, paid, broken, published, courier: open(deps) };
};
const settled = () => new Promise<void>((resolve) => void setImmediate(resolve));

test("inside a process, the receiver's row is the acknowledgement", async () => {
  const { courier, delivered, paid } = office(localCourier);
  courier.post(letter(0), never);
  courier.acknowledge(letter(0).id, never);
  await settled();
  expect([delivered, paid]).toEqual([[letter(0).id], [letter(0).id]]);
});

test("inside a process, one turn may send any number of messages", async () => {
  const bus = memoryBus();
  let delivered = 0;
  const troubles: unknown[] = [];
  bus.onStatus((status) => troubles.push(status));
  const courier = localCourier({
    bus,
    run,
    clock: new SimulatedClock(new Random(1)),
    deliver: () => void (delivered += 1),
    paid: () => undefined,
    broken: (error) => troubles.push(error),
  });
  for (let index = 0; index <= DEFAULT_MAX_PENDING; index += 1) courier.post(letter(index), never);
  await settled();
  expect([delivered, troubles]).toEqual([DEFAULT_MAX_PENDING + 1, []]);
});

test("nothing leaves before its row is on disk", async () => {
  const { courier, published } = office();
  courier.post(letter(0), never);
  courier.post(letter(1), onDisk);
  await settled();
  expect(published).toEqual([letter(1).id]);
});

test("an envelope is sent again until it is acknowledged", async () => {
  const { courier, clock, published, paid } = office();
  const beganUs = clock.nowUs();
  courier.post(letter(0), onDisk);
  await settled();
  clock.step();
  await settled();
  expect(clock.nowUs() - beganUs).toBe(resendAfterMs * 1000);
  expect(published).toEqual([letter(0).id, letter(0).id]);
  courier.acknowledge(letter(0).id, onDisk);
  await settled();
  expect(paid).toEqual([letter(0).id]);
  clock.step();
  await settled();
  expect(published).toHaveLength(2);
  expect(clock.step()).toBe(false);
});

test("an acknowledgement waits for the receiver's row", async () => {
  const { courier, paid } = office();
  courier.post(letter(0), onDisk);
  await settled();
  courier.acknowledge(letter(0).id, never);
  await settled();
  expect(paid).toEqual([]);
});

test("what did not come over the bus is not acknowledged on it", async () => {
  const { courier, bus, paid } = office();
  const acks: unknown[] = [];
  bus.subscribe("swarm.>", ({ data }) => void acks.push(data));
  courier.acknowledge(letter(0).id, onDisk);
  await settled();
  expect([acks, paid]).toEqual([[], []]);
});

test("no more than a burst is sent again at one time", async () => {
  const { courier, clock, published } = office();
  for (let index = 0; index < resendBurst + 10; index += 1) courier.post(letter(index), onDisk);
  await settled();
  published.length = 0;
  clock.step();
  await settled();
  expect(published).toHaveLength(resendBurst);
});

test("whoever waited longest is sent again first, so that none waits for the others to be acknowledged", async () => {
  const { courier, clock, published } = office();
  const ids = Array.from({ length: 2 * resendBurst + 10 }, (_, index) => letter(index).id);
  for (let index = 0; index < ids.length; index += 1) courier.post(letter(index), onDisk);
  await settled();
  published.length = 0;
  for (let burst = 0; burst < 3; burst += 1) {
    clock.step();
    await settled();
  }
  expect(published).toEqual([...ids, ...ids.slice(0, 3 * resendBurst - ids.length)]);
});

test("what was sent a moment ago is not sent again with what is due", async () => {
  const { courier, clock, published } = office();
  courier.post(letter(0), onDisk);
  await settled();
  clock.after(resendAfterMs - 1, () => courier.post(letter(1), onDisk));
  clock.step();
  await settled();
  published.length = 0;
  clock.step();
  await settled();
  expect(published).toEqual([letter(0).id]);
});

test.each(["post", "acknowledge"] as const)("a disk that fails on %s breaks the host", async (act) => {
  const { courier, broken } = office();
  const full = new Error("disk full");
  courier.post(letter(0), act === "post" ? () => Promise.reject(full) : onDisk);
  await settled();
  if (act === "acknowledge") courier.acknowledge(letter(0).id, () => Promise.reject(full));
  await settled();
  expect(broken).toEqual([full]);
});

test("after closing nothing is sent", async () => {
  const { courier, clock, published } = office();
  courier.post(letter(0), onDisk);
  courier.close();
  await settled();
  expect([published, clock.step()]).toEqual([[], false]);
});

test("an acknowledgement counts once, and only for what was sent", async () => {
  const { courier, bus, paid } = office();
  courier.post(letter(0), onDisk);
  await settled();
  for (const index of [0, 0, 1]) bus.publish("swarm.r.ack", { id: letter(index).id });
  await settled();
  expect(paid).toEqual([letter(0).id]);
});

test("what was received is acknowledged once", async () => {
  const { courier, bus } = office();
  const acks: unknown[] = [];
  bus.subscribe("swarm.r.ack", ({ data }) => void acks.push(data));
  courier.post(letter(0), onDisk);
  await settled();
  courier.acknowledge(letter(0).id, onDisk);
  courier.acknowledge(letter(0).id, onDisk);
  await settled();
  expect(acks).toEqual([{ id: letter(0).id }]);
});

test("after closing nothing is heard or acknowledged, and no timer runs", async () => {
  const { courier, bus, clock, delivered, paid } = office();
  const acks: unknown[] = [];
  bus.subscribe("swarm.r.ack", ({ data }) => void acks.push(data));
  courier.post(letter(0), onDisk);
  await settled();
  courier.acknowledge(letter(0).id, onDisk);
  courier.close();
  await settled();
  expect([acks, clock.step()]).toEqual([[], false]);
  bus.publish("swarm.r.ack", { id: letter(0).id });
  bus.publish(inboxSubject(run, ann), letter(1));
  await settled();
  expect([delivered, paid]).toEqual([[letter(0).id], []]);
});

test("inside a process nothing is delivered after closing either", async () => {
  const { courier, delivered } = office(localCourier);
  courier.close();
  courier.post(letter(0), never);
  await settled();
  expect(delivered).toEqual([]);
});
