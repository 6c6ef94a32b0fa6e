import { setImmediate as turnOfTheLoop } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import type { Bus } from "../../../coordination/bus/bus.ts";
import { collect, collector, collectStatus } from "./collect.ts";

/** How subscriptions and the bus end: by themselves, by lagging, in order or at once. */
export const endings = (current: () => Bus): void => {
  describe("endings", () => {
    test("unsubscribe ends a subscription at once, waiting messages too", async () => {
      const bus = current();
      const { add, collected } = collector<unknown>();
      const subscription = bus.subscribe("stop", ({ data }) => {
        add(data);
        subscription.unsubscribe();
        subscription.unsubscribe();
      });
      const witness = collect(bus, "stop");
      for (const data of [1, 2, 3]) bus.publish("stop", data);
      await witness.until(3);
      expect(collected.items).toEqual([1]);
    });

    test("drain of a subscription handles what waits and takes nothing new", async () => {
      const bus = current();
      const { add, collected } = collector<unknown>();
      const subscription = bus.subscribe("stop", async ({ data }) => {
        await Promise.resolve();
        add(data);
      });
      const witness = collect(bus, "stop");
      for (const data of [1, 2, 3]) bus.publish("stop", data);
      const drained = [subscription.drain(), subscription.drain()];
      bus.publish("stop", 4);
      await Promise.all(drained);
      bus.publish("stop", 5);
      await witness.until(5);
      expect(collected.items).toEqual([1, 2, 3]);
      await subscription.drain();
    });

    test("drain of a subscription waits for the handler that runs", async () => {
      const bus = current();
      const { add, collected } = collector<string>();
      const gate = collector<true>();
      const subscription = bus.subscribe("stop", async () => {
        add("began");
        await gate.collected.until(1);
        add("ended");
      });
      bus.publish("stop", 1);
      await collected.until(1);
      const drained = subscription.drain().then(() => add("drained"));
      // What the server has to say of the drain it says before this.
      await bus.flush();
      await turnOfTheLoop();
      gate.add(true);
      await drained;
      expect(collected.items).toEqual(["began", "ended", "drained"]);
    });

    test("who lags too far is ended with a typed error, others go on", async () => {
      const bus = current();
      const statuses = collectStatus(bus);
      const { add, collected } = collector<unknown>();
      const gate = collector<true>();
      bus.subscribe(
        "flood",
        async ({ data }) => {
          add(data);
          await gate.collected.until(1);
        },
        { maxPending: 10, queue: "slow" },
      );
      const fast = collect(bus, "flood");
      for (let at = 0; at < 12; at += 1) {
        bus.publish("flood", at);
        await fast.until(at + 1);
      }
      expect(await statuses.until(1)).toMatchObject([
        { type: "slowConsumer", subject: "flood", queue: "slow", error: { code: "SLOW_CONSUMER" } },
      ]);
      gate.add(true);
      bus.publish("flood", "after");
      await fast.until(13);
      await bus.flush();
      expect(collected.items).toEqual([0]);
    });

    test("who lagged too far is not there any more", async () => {
      const bus = current();
      const statuses = collectStatus(bus);
      bus.subscribe("flood", () => new Promise<void>(() => undefined), { maxPending: 1 });
      for (const data of [1, 2, 3]) bus.publish("flood", data);
      await statuses.until(1);
      await expect(bus.request("flood", null, { timeoutMs: 1_000_000 })).rejects.toMatchObject({
        code: "NO_RESPONDERS",
      });
    });

    test("who has caught up with some may lag by as many again", async () => {
      const bus = current();
      const { add, collected } = collector<unknown>();
      const open = collector<unknown>();
      bus.subscribe(
        "flood",
        async ({ data }) => {
          add(data);
          await open.collected.until(collected.items.length);
        },
        { maxPending: 10 },
      );
      const witness = collect(bus, "flood");
      const sent = Array.from({ length: 21 }, (_, at) => at);
      for (const at of sent) {
        // From the twelfth on there is room for one, each time that the handler is let go on.
        if (at > 10) {
          open.add(at);
          await collected.until(at - 9);
        }
        bus.publish("flood", at);
        await witness.until(at + 1);
      }
      while (open.collected.items.length < sent.length) open.add("all");
      expect(await collected.until(sent.length)).toEqual(sent);
    });

    test("as many as maxPending may wait", async () => {
      const bus = current();
      const { add, collected } = collector<unknown>();
      const gate = collector<true>();
      bus.subscribe(
        "flood",
        async ({ data }) => {
          add(data);
          await gate.collected.until(1);
        },
        { maxPending: 10 },
      );
      const witness = collect(bus, "flood");
      for (let at = 0; at < 11; at += 1) {
        bus.publish("flood", at);
        await witness.until(at + 1);
      }
      gate.add(true);
      expect(await collected.until(11)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    });

    test("a long backlog is worked off without a deep stack", async () => {
      const bus = current();
      const { add, collected } = collector<unknown>();
      const gate = collector<true>();
      bus.subscribe("long", ({ data }) => {
        add(data);
        return data === 0 ? gate.collected.until(1).then(() => undefined) : undefined;
      });
      const witness = collect(bus, "long");
      for (let at = 0; at < 30_000; at += 1) bus.publish("long", at);
      await witness.until(30_000);
      gate.add(true);
      expect((await collected.until(30_000)).length).toBe(30_000);
    });

    test("after close everything is refused, and close again does nothing", async () => {
      const bus = current();
      const statuses = collectStatus(bus);
      collect(bus, "silent");
      const open = bus.request("silent", null, { timeoutMs: 1_000_000 });
      const refused = expect(open).rejects.toMatchObject({ code: "BUS_CLOSED" });
      await bus.flush();
      await bus.close();
      await bus.close();
      await refused;
      const closed = expect.objectContaining({ code: "BUS_CLOSED" });
      expect(() => bus.publish("a", 1)).toThrow(closed);
      expect(() => bus.subscribe("a", () => undefined)).toThrow(closed);
      await expect(bus.request("a", 1, { timeoutMs: 1_000 })).rejects.toEqual(closed);
      await expect(bus.flush()).rejects.toEqual(closed);
      await expect(bus.drain()).rejects.toEqual(closed);
      expect(await statuses.until(1)).toEqual([{ type: "closed", error: undefined }]);
    });

    test("a flush that close overtakes is refused", async () => {
      const bus = current();
      collect(bus, "waiting");
      bus.publish("waiting", 1);
      const refused = expect(bus.flush()).rejects.toMatchObject({ code: "BUS_CLOSED" });
      await bus.close();
      await refused;
    });

    test("drain lets handlers finish, publish and ask, then closes", async () => {
      const bus = current();
      const statuses = collectStatus(bus);
      const { add, collected } = collector<unknown>();
      bus.subscribe("step.one", async ({ data }) => {
        await bus.flush();
        bus.publish("step.two", data);
        add(data);
      });
      for (const data of [1, 2, 3]) bus.publish("step.one", data);
      const drained = Promise.all([bus.flush(), bus.drain(), bus.drain()]);
      expect(() => bus.subscribe("late", () => undefined)).toThrow(
        expect.objectContaining({ code: "BUS_CLOSED" }),
      );
      await drained;
      expect(collected.items).toEqual([1, 2, 3]);
      expect(() => bus.publish("a", 1)).toThrow(expect.objectContaining({ code: "BUS_CLOSED" }));
      expect(await statuses.until(1)).toEqual([{ type: "closed", error: undefined }]);
    });

    test("close cuts a drain short that a handler holds up", async () => {
      const bus = current();
      const { add, collected } = collector<true>();
      bus.subscribe("stuck", () => {
        add(true);
        return new Promise<void>(() => undefined);
      });
      bus.publish("stuck", 1);
      await collected.until(1);
      const drained = bus.drain();
      await bus.close();
      await drained;
    });
  });
};
