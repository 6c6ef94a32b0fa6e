import { runInNewContext } from "node:vm";
import { beforeEach, describe, expect, test } from "vitest";
import type { Bus } from "../../../coordination/bus/bus.ts";
import { MAX_SUBJECT_LENGTH } from "../../../coordination/bus/subjects.ts";
import { collect, dataOf } from "./collect.ts";

/** What no adapter lets through. */
export const refusals = (current: () => Bus): void => {
  describe("refusals", () => {
    let bus: Bus;
    beforeEach(() => {
      bus = current();
    });

    const LONG = "a".repeat(MAX_SUBJECT_LENGTH + 1);
    test.each([
      "",
      ".",
      "a.",
      ".a",
      "a..b",
      "a b",
      "a\tb",
      "a\r\nPUB b 0",
      "\u0000",
      "ä",
      "a.*",
      "a*",
      ">",
      "a>",
      LONG,
    ])("one cannot publish to %j", async (subject) => {
      const refused = expect.objectContaining({ code: "BAD_SUBJECT" });
      expect(() => bus.publish(subject, 1)).toThrow(refused);
      expect(() => bus.publish("fine", 1, { reply: subject })).toThrow(refused);
      await expect(bus.request(subject, 1, { timeoutMs: 1_000 })).rejects.toEqual(refused);
    });

    test.each(["", "a..b", "a b", "a\r\nb", "a*", "a.>.b", ">.a", "a.b>", "ä", LONG])(
      "one cannot subscribe to %j",
      (subject) => {
        expect(() => bus.subscribe(subject, () => undefined)).toThrow(
          expect.objectContaining({ code: "BAD_SUBJECT" }),
        );
      },
    );

    test.each(["", "a b", "a.b", "*", ">"])("a queue group cannot be named %j", (queue) => {
      expect(() => bus.subscribe("a", () => undefined, { queue })).toThrow(
        expect.objectContaining({ code: "BAD_SUBJECT" }),
      );
    });

    const cycle: { self?: unknown } = {};
    cycle.self = cycle;
    test.each([
      ["undefined", undefined],
      ["a function", () => 1],
      ["a bigint", 1n],
      ["a symbol", Symbol("s")],
      ["NaN", { confidence: Number.NaN }],
      ["infinity", [Number.POSITIVE_INFINITY]],
      ["a hole in a list", [undefined]],
      ["a Date", new Date(0)],
      ["a Map", { map: new Map() }],
      ["bytes", new Uint8Array(3)],
      ["an error", new Error("e")],
      ["a cycle", cycle],
    ])("%s is no payload", (_, data) => {
      expect(() => bus.publish("a", data)).toThrow(expect.objectContaining({ code: "NOT_JSON" }));
    });

    const nested = (levels: number): unknown => (levels === 1 ? [] : [nested(levels - 1)]);

    test("a payload may be nested a hundred deep, and no deeper", () => {
      bus.publish("a", nested(100));
      expect(() => bus.publish("a", nested(101))).toThrow(expect.objectContaining({ code: "NOT_JSON" }));
    });

    test("an object is plain without a prototype, too, and where it comes from another realm", async () => {
      const seen = collect(bus, "plain");
      bus.publish("plain", Object.assign(Object.create(null), { a: 1 }));
      bus.publish("plain", runInNewContext("({ a: 2 })"));
      expect(dataOf(await seen.until(2))).toMatchObject([{ a: 1 }, { a: 2 }]);
    });

    test.each([
      ["a space in a name", { "a b": ["1"] }],
      ["a colon in a name", { "a:b": ["1"] }],
      ["an empty name", { "": ["1"] }],
      ["no value", { a: [] }],
      ["a line break", { a: ["1\r\nb: 2"] }],
      ["a space at the end", { a: ["1 "] }],
      ["a letter outside of ASCII", { a: ["ä"] }],
    ])("%s makes a bad header", (_, headers) => {
      expect(() => bus.publish("a", 1, { headers })).toThrow(expect.objectContaining({ code: "BAD_HEADER" }));
    });

    // The default limit is 1 MiB, and a JSON string has two quotes around it.
    const FULL = 1_048_576 - 2;
    test.each([
      ["letters", "x".repeat(FULL)],
      ["two-byte letters", "ä".repeat(FULL / 2)],
    ])("the limit counts bytes of %s: what fills it arrives, one more is refused", async (_, text) => {
      const seen = collect(bus, "big");
      bus.publish("big", text);
      expect((await seen.until(1))[0]?.data === text).toBe(true);
      expect(() => bus.publish("big", `${text}x`)).toThrow(
        expect.objectContaining({ code: "PAYLOAD_TOO_LARGE" }),
      );
      expect(() => bus.publish("big", text, { headers: { a: ["1"] } })).toThrow(
        expect.objectContaining({ code: "PAYLOAD_TOO_LARGE" }),
      );
      await expect(bus.request("big", `${text}x`, { timeoutMs: 1_000 })).rejects.toMatchObject({
        code: "PAYLOAD_TOO_LARGE",
      });
    });

    test("headers count too, to the byte", async () => {
      const seen = collect(bus, "big");
      const headers = { a: ["1"], bc: ["", "23"] };
      const text = "x".repeat(FULL - "NATS/1.0\r\na: 1\r\nbc: \r\nbc: 23\r\n\r\n".length);
      bus.publish("big", text, { headers });
      expect((await seen.until(1))[0]?.headers).toEqual(headers);
      expect(() => bus.publish("big", `${text}x`, { headers })).toThrow(
        expect.objectContaining({ code: "PAYLOAD_TOO_LARGE" }),
      );
    });
  });
};
