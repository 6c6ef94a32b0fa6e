import { beforeEach, describe, expect, test } from "vitest";
import * as fc from "fast-check";
import type { Bus, BusStatus } from "../../../coordination/bus/bus.ts";
import { collect, collector, collectStatus, dataOf } from "./collect.ts";

/** Who gets which message, whole and in order. */
export const delivery = (current: () => Bus): void => {
  describe("delivery", () => {
    let bus: Bus;
    beforeEach(() => {
      bus = current();
    });

    test("a message arrives whole at every subscription that matches", async () => {
      const seen = [collect(bus, "team.a.vote"), collect(bus, "team.*.vote"), collect(bus, "team.>")];
      collect(bus, "team.b.>");
      bus.publish(
        "team.a.vote",
        { choice: "yes" },
        { headers: { Id: ["7"], id: ["a", "b"] }, reply: "team.a.back" },
      );
      const expected = [
        {
          subject: "team.a.vote",
          data: { choice: "yes" },
          headers: { Id: ["7"], id: ["a", "b"] },
          reply: "team.a.back",
        },
      ];
      for (const each of seen) expect(await each.until(1)).toEqual(expected);
    });

    test("without headers and reply it has none", async () => {
      const seen = collect(bus, "plain");
      bus.publish("plain", null, { headers: {} });
      expect(await seen.until(1)).toEqual([{ subject: "plain", data: null, headers: {}, reply: undefined }]);
    });

    test("who subscribes late gets what comes from then on, though the subject was used before", async () => {
      const early = collect(bus, "late");
      bus.publish("late", 1);
      await early.until(1);
      const late = collect(bus, "late");
      bus.publish("late", 2);
      expect(dataOf(await late.until(1))).toEqual([2]);
    });

    test("a handler is never called inside publish", async () => {
      const { add, collected } = collector<string>();
      bus.subscribe("later", () => add("handled"));
      bus.publish("later", 1);
      add("published");
      expect(await collected.until(2)).toEqual(["published", "handled"]);
    });

    test("the order of one publisher is kept, over subjects too", async () => {
      const seen = collect(bus, "order.>");
      const sent = Array.from({ length: 2_000 }, (_, at) => at);
      for (const at of sent) bus.publish(`order.${at % 7}`, at);
      expect(dataOf(await seen.until(sent.length))).toEqual(sent);
    });

    test("flush ends when idle handlers have been called, and does not wait for a busy one", async () => {
      const seen = collect(bus, "flushed");
      const stuck = collector<unknown>();
      bus.subscribe("flushed", (message) => {
        stuck.add(message);
        return new Promise<void>(() => undefined);
      });
      for (let at = 0; at < 500; at += 1) bus.publish("flushed", at);
      await Promise.all([bus.flush(), bus.flush()]);
      expect([seen.items.length, stuck.collected.items.length]).toEqual([500, 1]);
    });

    test("flush waits for handlers that were busy and are idle again", async () => {
      const { add, collected } = collector<unknown>();
      bus.subscribe("again", ({ data }) => {
        add(data);
        return data === "slow" ? Promise.resolve() : undefined;
      });
      bus.publish("again", "slow");
      bus.publish("again", "fast");
      await collected.until(2);
      for (let at = 0; at < 100; at += 1) bus.publish("again", at);
      await bus.flush();
      expect(collected.items.length).toBe(102);
    });

    test("flush does not wait for what went with its subscription", async () => {
      const subscription = bus.subscribe("dropped", () => undefined);
      bus.publish("dropped", 1);
      const flushed = bus.flush();
      subscription.unsubscribe();
      await flushed;
    });

    test("every visible ASCII character may stand in a subject, but for the three with a meaning", async () => {
      const subject = Array.from({ length: 94 }, (_, at) => String.fromCharCode(0x21 + at))
        .join("")
        .replaceAll(/[.*>]/g, "");
      const seen = collect(bus, subject);
      bus.publish(subject, 1);
      expect((await seen.until(1))[0]?.subject).toBe(subject);
    });

    test("an async handler gets one message at a time", async () => {
      const { add, collected } = collector<number>();
      let running = 0;
      bus.subscribe("slowly", async () => {
        running += 1;
        await bus.flush();
        add(running);
        running -= 1;
      });
      for (let at = 0; at < 5; at += 1) bus.publish("slowly", at);
      expect(await collected.until(5)).toEqual([1, 1, 1, 1, 1]);
    });

    test("any JSON data arrives as it was sent", async () => {
      await fc.assert(
        fc.asyncProperty(fc.jsonValue({ stringUnit: "binary" }), async (data) => {
          // JSON has no negative zero, so the sender of one must not rely on it.
          const sent: unknown = JSON.parse(JSON.stringify(data));
          const { add, collected } = collector<unknown>();
          const subscription = bus.subscribe("json", (message) => add(message.data));
          bus.publish("json", sent);
          const [received] = await collected.until(1);
          subscription.unsubscribe();
          expect(received).toEqual(sent);
        }),
        { numRuns: 100 },
      );
    });

    test("a handler that fails is reported and gets the next message", async () => {
      const statuses = collectStatus(bus);
      const { add, collected } = collector<unknown>();
      bus.subscribe("fails", ({ data }) => {
        add(data);
        if (data === "throw") throw new Error("thrown");
      });
      bus.subscribe("fails.later", async ({ data }) => {
        add(data);
        await Promise.reject(new Error("rejected"));
      });
      bus.publish("fails", "throw");
      bus.publish("fails", "go on");
      await collected.until(2);
      bus.publish("fails.later", "reject");
      bus.publish("fails.later", "again");
      expect(await collected.until(4)).toEqual(["throw", "go on", "reject", "again"]);
      expect(await statuses.until(3)).toMatchObject([
        { type: "error", subject: "fails", error: { code: "HANDLER_FAILED", cause: { message: "thrown" } } },
        {
          type: "error",
          subject: "fails.later",
          error: { code: "HANDLER_FAILED", cause: { message: "rejected" } },
        },
        { type: "error", subject: "fails.later", error: { code: "HANDLER_FAILED" } },
      ]);
    });

    test("a listener that was given twice hears twice, and is taken off once at a time", async () => {
      const { add, collected } = collector<string>();
      const listener = ({ type }: BusStatus): void => add(type);
      const [, takeOff] = [1, 2, 3].map(() => bus.onStatus(listener));
      takeOff?.();
      takeOff?.();
      bus.onStatus(() => add("last"));
      await bus.close();
      await collected.first((item) => item === "last");
      expect(collected.items).toEqual(["closed", "closed", "last"]);
    });

    test("a listener that was taken off hears nothing more", async () => {
      const { add, collected } = collector<string>();
      bus.onStatus(() => add("first"))();
      bus.onStatus(() => add("second"));
      await bus.close();
      await collected.until(1);
      expect(collected.items).toEqual(["second"]);
    });
  });
};
