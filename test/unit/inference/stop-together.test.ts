import { expect, onTestFinished, test } from "vitest";
import { stopTogether } from "../../../inference/stop-together.ts";

test("a signal stops all calls that are linked to it, with its reason, and Node does not warn of them", async () => {
  const warnings: Error[] = [];
  const warned = (warning: Error): void => void warnings.push(warning);
  process.on("warning", warned);
  onTestFinished(() => void process.off("warning", warned));
  const run = new AbortController();
  const stops = stopTogether();
  const calls = Array.from({ length: 50 }, () => new AbortController());
  const unlinks = calls.map((call) => stops.link(run.signal, call));
  unlinks[7]?.();
  calls[8]?.abort("by itself");
  run.abort("the end");
  const late = new AbortController();
  stops.link(run.signal, late);
  // Warnings come in a later tick.
  await new Promise((resolve) => setImmediate(resolve));
  expect(warnings).toEqual([]);
  expect(calls.map(({ signal }, at) => [at, signal.aborted ? signal.reason : "goes on"])).toEqual(
    calls.map((_, at) => [at, at === 7 ? "goes on" : at === 8 ? "by itself" : "the end"]),
  );
  expect(late.signal.reason).toBe("the end");
});

test("each signal stops its own", () => {
  const [one, other] = [new AbortController(), new AbortController()];
  const [first, second] = [new AbortController(), new AbortController()];
  const stops = stopTogether();
  stops.link(one.signal, first);
  stops.link(other.signal, second);
  other.abort();
  expect([first.signal.aborted, second.signal.aborted]).toEqual([false, true]);
});
