import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { systemClock } from "../../../../actors/runtime/clock.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const dayMs = 86_400_000;
/** The longest wait that Node knows: a longer one is none at all. */
const longestMs = 2 ** 31 - 1;

test("a wait of more days than a timer of Node can count is no shorter", () => {
  const fired: string[] = [];
  systemClock().after(60 * dayMs, () => fired.push("60 days"));
  systemClock().after(longestMs, () => fired.push("the longest"));
  vi.advanceTimersByTime(longestMs - 1);
  expect(fired).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(fired).toEqual(["the longest"]);
  vi.advanceTimersByTime(60 * dayMs - longestMs - 1);
  expect(fired).toEqual(["the longest"]);
  vi.advanceTimersByTime(1);
  expect(fired).toEqual(["the longest", "60 days"]);
});

test("such a wait can be cancelled at any time of it", () => {
  const fired: string[] = [];
  const cancel = systemClock().after(60 * dayMs, () => fired.push("60 days"));
  vi.advanceTimersByTime(longestMs + 1);
  cancel();
  vi.advanceTimersByTime(60 * dayMs);
  expect(fired).toEqual([]);
});
