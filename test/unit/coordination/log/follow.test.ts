import { getEventListeners } from "node:events";
import { expect, test } from "vitest";
import { wakeUps } from "../../../../coordination/log/follow.ts";

test("who has slept has nothing more to do with its signal, whatever woke it", async () => {
  const { signal } = new AbortController();
  const wakes = wakeUps();
  const woken = wakes.next(signal, undefined);
  wakes.wake();
  await woken;
  await wakes.next(signal, 1);
  expect(getEventListeners(signal, "abort")).toEqual([]);
});

test("nobody sleeps once the log is closed", async () => {
  const wakes = wakeUps();
  const asleep = wakes.next(new AbortController().signal, undefined);
  wakes.end();
  await asleep;
  await wakes.next(new AbortController().signal, undefined);
  expect(wakes.ended).toBe(true);
});
