import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { BusError } from "../../../coordination/bus/bus-error.ts";
import { statusFeed } from "../../../coordination/bus/status-feed.ts";

describe("the status feed", () => {
  const steps: (() => void)[] = [];
  beforeEach(() => void vi.stubGlobal("queueMicrotask", (step: () => void) => steps.push(step)));
  afterEach(() => {
    vi.unstubAllGlobals();
    steps.length = 0;
  });
  const error = new BusError("SLOW_CONSUMER", "too slow");

  test("an error that nobody listens to is thrown, in a step of its own", () => {
    statusFeed().tell({ type: "error", subject: "a", error });
    expect(steps.length).toBe(1);
    expect(() => steps[0]?.()).toThrow(error);
  });

  test("without an error nobody needs to listen", () => {
    statusFeed().tell({ type: "closed", error: undefined });
    expect(() => steps[0]?.()).not.toThrow();
  });

  test("a listener that throws does not keep the status from the others", () => {
    const feed = statusFeed();
    const heard: string[] = [];
    feed.listen(() => {
      throw error;
    });
    feed.listen(({ type }) => void heard.push(type));
    feed.tell({ type: "closed", error: undefined });
    steps.shift()?.();
    expect(() => steps.shift()?.()).toThrow(error);
    steps.shift()?.();
    expect(heard).toEqual(["closed"]);
  });
});
