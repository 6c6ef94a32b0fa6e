import { describe, expect, test } from "vitest";
import * as fc from "fast-check";
import { memoryBus } from "../../../coordination/bus/memory.ts";
import { collect, dataOf } from "./collect.ts";
import { busContract } from "./contract.ts";

busContract("the memory bus", async () => memoryBus());
busContract("the memory bus on setImmediate", async () => memoryBus({ schedule: setImmediate }));

describe("the memory bus", () => {
  test("passes data by reference", async () => {
    const bus = memoryBus();
    const seen = collect(bus, "a");
    const data = Object.freeze({ choice: "yes" });
    bus.publish("a", data);
    expect((await seen.until(1))[0]?.data).toBe(data);
  });

  test("members of a queue group take turns in the order in which they subscribed", async () => {
    const bus = memoryBus();
    const [one, two] = [collect(bus, "a", { queue: "q" }), collect(bus, "a", { queue: "q" })];
    for (const data of [0, 1, 2, 3]) bus.publish("a", data);
    await two.until(2);
    expect([one.items, two.items].map((items) => dataOf(items))).toEqual([
      [0, 2],
      [1, 3],
    ]);
  });

  test("members under different patterns take turns in that order, too", async () => {
    const bus = memoryBus();
    const members = ["a", "*", ">"].map((pattern) => collect(bus, pattern, { queue: "q" }));
    for (const data of [0, 1, 2]) bus.publish("a", data);
    await bus.flush();
    expect(members.map(({ items }) => dataOf(items))).toEqual([[0], [1], [2]]);
  });

  test("a group that comes and goes is forgotten, its turn too", async () => {
    const bus = memoryBus();
    const gone = bus.subscribe("a", () => undefined, { queue: "q" });
    bus.publish("a", 0);
    gone.unsubscribe();
    gone.unsubscribe();
    const [one] = [collect(bus, "a", { queue: "q" }), collect(bus, "a", { queue: "q" })];
    bus.publish("a", 1);
    expect(dataOf(await one.until(1))).toEqual([1]);
  });

  test("nothing happens but in steps of the schedule, and each step hands over one message", () => {
    const steps: (() => void)[] = [];
    const bus = memoryBus({ schedule: (step) => steps.push(step) });
    const seen = collect(bus, "a");
    bus.publish("a", 1);
    bus.publish("a", 2);
    expect([steps.length, seen.items.length]).toEqual([1, 0]);
    steps.shift()?.();
    expect([steps.length, seen.items.length]).toEqual([1, 1]);
    steps.shift()?.();
    expect([steps.length, seen.items.length]).toEqual([0, 2]);
  });

  test("however the steps are ordered, each subscription sees the order of the publisher", () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom("a", "b"), { maxLength: 30 }),
        fc.infiniteStream(fc.nat()),
        (subjects, choices) => {
          const steps: (() => void)[] = [];
          const bus = memoryBus({ schedule: (step) => steps.push(step) });
          const seen = [collect(bus, ">"), collect(bus, "a"), collect(bus, "b")];
          subjects.forEach((subject, at) => bus.publish(subject, at));
          for (const choice of choices) {
            const [step] = steps.splice(choice % Math.max(1, steps.length), 1);
            if (step === undefined) break;
            step();
          }
          const order = (subject: string): number[] =>
            subjects.flatMap((each, at) => (subject === ">" || each === subject ? [at] : []));
          expect(seen.map(({ items }) => dataOf(items))).toEqual([order(">"), order("a"), order("b")]);
        },
      ),
    );
  });

  test("timeouts come from the given timer, and an answer stops it", async () => {
    const timers = new Map<number, () => void>();
    const bus = memoryBus({
      startTimer: (ms, fire) => {
        timers.set(ms, fire);
        return () => void timers.delete(ms);
      },
    });
    bus.subscribe("a", ({ data, reply }) => {
      if (data === "answer") bus.publish(reply ?? "", null);
    });
    const [answered, late] = [
      bus.request("a", "answer", { timeoutMs: 5 }),
      bus.request("a", "silence", { timeoutMs: 7 }),
    ];
    await answered;
    expect([...timers.keys()]).toEqual([7]);
    timers.get(7)?.();
    await expect(late).rejects.toMatchObject({ code: "REQUEST_TIMEOUT" });
  });

  test("no timer outlives the bus", async () => {
    let running = 0;
    const bus = memoryBus({
      startTimer: () => {
        running += 1;
        return () => void (running -= 1);
      },
    });
    collect(bus, "silent");
    const refused = expect(bus.request("silent", 1, { timeoutMs: 5 })).rejects.toMatchObject({
      code: "BUS_CLOSED",
    });
    await bus.flush();
    expect(running).toBe(1);
    await bus.close();
    await refused;
    expect(running).toBe(0);
  });

  test("a request that timed out is forgotten", async () => {
    const bus = memoryBus({ startTimer: (_, fire) => (setImmediate(fire), () => undefined) });
    const seen = collect(bus, "a");
    await expect(bus.request("a", null, { timeoutMs: 5 })).rejects.toMatchObject({ code: "REQUEST_TIMEOUT" });
    const reply = seen.items[0]?.reply ?? "";
    await expect(bus.request(reply, null, { timeoutMs: 5 })).rejects.toMatchObject({ code: "NO_RESPONDERS" });
  });

  test.each([
    [Number.POSITIVE_INFINITY, 2_147_483_647],
    [0, 1],
    [-5, 1],
  ])("a timeout of %d ms is one of %d", async (timeoutMs, expected) => {
    const started: number[] = [];
    const bus = memoryBus({ startTimer: (ms) => (started.push(ms), () => undefined) });
    bus.subscribe("a", ({ reply }) => bus.publish(reply ?? "", null));
    await bus.request("a", null, { timeoutMs });
    expect(started).toEqual([expected]);
  });

  test.each<[string, unknown]>([
    ["control characters", "\u0000".repeat(50)],
    ["halves of surrogate pairs", "\ud800".repeat(50)],
    ["long numbers", Array.from({ length: 50 }, () => -2.2250738585072014e-308)],
    [
      "keys that need an escape",
      Object.fromEntries(["\u0000", "\u0001", "\u0002"].map((key) => [key, false])),
    ],
  ])("%s are measured to the byte", (_, data) => {
    const bytes = Buffer.byteLength(JSON.stringify(data));
    memoryBus({ maxPayloadBytes: bytes }).publish("a", data);
    expect(() => memoryBus({ maxPayloadBytes: bytes - 1 }).publish("a", data)).toThrow(
      expect.objectContaining({ code: "PAYLOAD_TOO_LARGE" }),
    );
  });

  test("an answered request is forgotten", async () => {
    const bus = memoryBus();
    const seen = collect(bus, "a");
    const answered = bus.request("a", null, { timeoutMs: 10_000 });
    const reply = (await seen.until(1))[0]?.reply ?? "";
    bus.publish(reply, null);
    await answered;
    await expect(bus.request(reply, null, { timeoutMs: 10_000 })).rejects.toMatchObject({
      code: "NO_RESPONDERS",
    });
  });

  test.each([
    ["lists", (part: unknown) => [part, part]],
    ["objects", (part: unknown) => ({ one: part, two: part })],
  ])("%s that share parts without end are too large, not an endless loop", (_, twice) => {
    let data: unknown = [];
    for (let level = 0; level < 60; level += 1) data = twice(data);
    expect(() => memoryBus().publish("a", data)).toThrow(
      expect.objectContaining({ code: "PAYLOAD_TOO_LARGE" }),
    );
  });
});
