import { getEventListeners } from "node:events";
import { expect, test } from "vitest";
import { pause, type RemoteClock } from "../../../../inference/remote/clock.ts";

/** A clock of one timer, which is over when it is told. */
const clockInHand = () => {
  let over: (() => void) | undefined;
  const clock: RemoteClock = {
    nowUs: () => 0,
    after: (_, fire) => {
      over = fire;
      return () => (over = undefined);
    },
  };
  return { clock, fire: () => over?.(), isRunning: () => over !== undefined };
};

test.each<[string, (end: { readonly fire: () => void; readonly abort: () => void }) => void]>([
  ["its time is over", ({ fire }) => fire()],
  ["nobody wants it any more", ({ abort }) => abort()],
])("a wait ends when %s, and leaves no timer and no listener", async (_, end) => {
  const { clock, fire, isRunning } = clockInHand();
  const controller = new AbortController();
  const waited = pause(clock, 100, controller.signal);
  expect(isRunning()).toBe(true);
  end({ fire, abort: () => controller.abort() });
  await waited;
  expect([isRunning(), getEventListeners(controller.signal, "abort").length]).toEqual([false, 0]);
});

test("a wait that nobody wants when it begins is over at once", async () => {
  const { clock, isRunning } = clockInHand();
  await pause(clock, 100, AbortSignal.abort());
  expect(isRunning()).toBe(false);
});
