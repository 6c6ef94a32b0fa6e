import { expect, test } from "vitest";
import { retryAfterMs } from "../../../../inference/remote/retry-after.ts";

const nowMs = Date.UTC(2026, 10, 22);
const dateIn = (ms: number): string => new Date(nowMs + ms).toUTCString();

test.each<readonly [string, Readonly<Record<string, string>> | undefined, number | undefined]>([
  ["no headers", undefined, undefined],
  ["no such header", { retry: "3" }, undefined],
  ["seconds", { "retry-after": " 3 " }, 3000],
  ["part of a second, rounded up", { "retry-after": "0.0011" }, 2],
  ["no time at all", { "retry-after": "0" }, 0],
  ["a date", { "retry-after": dateIn(5000) }, 5000],
  ["a date that is over, or a clock that is ahead", { "retry-after": dateIn(-5000) }, 0],
  ["milliseconds go before seconds", { "retry-after-ms": "250", "retry-after": "1" }, 250],
  ["part of a millisecond, rounded up", { "retry-after-ms": "0.2" }, 1],
  ["milliseconds that say nothing", { "retry-after-ms": "", "retry-after": "7" }, 7000],
  ["milliseconds that make no sense", { "retry-after-ms": "-1", "retry-after": "7" }, 7000],
  ["a word", { "retry-after": "soon" }, undefined],
  ["a blank", { "retry-after": " " }, undefined],
])("%s", (_, headers, expected) => expect(retryAfterMs(headers, nowMs * 1000)).toBe(expected));
