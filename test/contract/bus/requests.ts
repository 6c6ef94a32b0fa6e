import { beforeEach, describe, expect, test } from "vitest";
import type { Bus, BusMessage } from "../../../coordination/bus/bus.ts";
import { collect, dataOf } from "./collect.ts";

/** What a request gets back, and when nothing comes. */
export const requests = (current: () => Bus): void => {
  describe("requests", () => {
    let bus: Bus;
    beforeEach(() => {
      bus = current();
    });
    const answer = (subject: string, reply: (message: BusMessage) => unknown): void =>
      void bus.subscribe(subject, (message) => {
        if (message.reply !== undefined) bus.publish(message.reply, reply(message));
      });

    test("each request gets its own answer", async () => {
      answer("double", ({ data }) => Number(data) * 2);
      const sent = Array.from({ length: 100 }, (_, at) => at);
      const answers = await Promise.all(sent.map((at) => bus.request("double", at, { timeoutMs: 10_000 })));
      expect(dataOf(answers)).toEqual(sent.map((at) => at * 2));
    });

    test("headers go there and back", async () => {
      bus.subscribe("echo", ({ reply, headers }) =>
        bus.publish(reply ?? "", null, { headers: { ...headers, back: ["1"] } }),
      );
      const { headers } = await bus.request("echo", null, { timeoutMs: 10_000, headers: { There: ["1"] } });
      expect(headers).toEqual({ There: ["1"], back: ["1"] });
    });

    test("the first answer counts", async () => {
      bus.subscribe("eager", ({ reply }) => {
        bus.publish(reply ?? "", "first");
        bus.publish(reply ?? "", "second");
      });
      expect((await bus.request("eager", null, { timeoutMs: 10_000 })).data).toBe("first");
      expect((await bus.request("eager", null, { timeoutMs: 10_000 })).data).toBe("first");
    });

    test("who waits for an answer hears a request, too", async () => {
      const seen = collect(bus, "asked");
      const first = bus.request("asked", null, { timeoutMs: 10_000 });
      const reply = (await seen.until(1))[0]?.reply ?? "";
      await expect(bus.request(reply, "counts", { timeoutMs: 20 })).rejects.toMatchObject({
        code: "REQUEST_TIMEOUT",
      });
      expect((await first).data).toBe("counts");
    });

    test("with nobody there it fails at once", async () => {
      await expect(bus.request("nobody", null, { timeoutMs: 1_000_000 })).rejects.toMatchObject({
        code: "NO_RESPONDERS",
      });
    });

    test("who unsubscribed does not answer", async () => {
      const subscription = bus.subscribe("gone", () => undefined);
      bus.publish("gone", 1);
      subscription.unsubscribe();
      await expect(bus.request("gone", null, { timeoutMs: 1_000_000 })).rejects.toMatchObject({
        code: "NO_RESPONDERS",
      });
    });

    test("without an answer it times out", async () => {
      collect(bus, "silent");
      await expect(bus.request("silent", null, { timeoutMs: 20 })).rejects.toMatchObject({
        code: "REQUEST_TIMEOUT",
      });
    });

    test("an endless timeout does not fire at once", async () => {
      bus.subscribe("patient", async ({ reply }) => {
        // Longer than the timer would take that fires at once.
        for (let round = 0; round < 100; round += 1) await bus.flush();
        bus.publish(reply ?? "", "done");
      });
      expect((await bus.request("patient", null, { timeoutMs: Number.POSITIVE_INFINITY })).data).toBe("done");
    });

    test("a plain publish with a reply and nobody there sends no answer", async () => {
      const seen = collect(bus, "back");
      bus.publish("nobody", null, { reply: "back" });
      await bus.flush();
      bus.publish("back", "mine");
      expect(dataOf(await seen.until(1))).toEqual(["mine"]);
    });
  });
};
