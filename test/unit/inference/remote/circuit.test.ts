import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { RemoteClock } from "../../../../inference/remote/clock.ts";
import { mockProvider, type MockProvider } from "../../../support/mock-provider.ts";
import { testLimits, testModel } from "../../../support/remote-model.ts";

let server: MockProvider;
beforeEach(async () => {
  server = await mockProvider();
});
afterEach(() => server.close());

/** Time that passes when told; waits between tries are over at once, timeouts never. */
const steppedClock = () => {
  let us = 1_000_000;
  const clock: RemoteClock = {
    nowUs: () => us,
    after: (ms, fire) => {
      if (ms >= testLimits.firstByteTimeoutMs) return () => undefined;
      const immediate = setImmediate(fire);
      return () => clearImmediate(immediate);
    },
  };
  return { clock, pass: (ms: number) => void (us += ms * 1000) };
};

/** As `steppedClock`, and the deadline of each call passes when told. */
const deadlineClock = () => {
  const deadlines: (() => void)[] = [];
  const { clock, pass } = steppedClock();
  const withDeadlines: RemoteClock = {
    nowUs: () => clock.nowUs(),
    after: (ms, fire) => {
      if (ms === testLimits.timeoutMs) deadlines.push(fire);
      return clock.after(ms, fire);
    },
  };
  return { clock: withDeadlines, deadlines, pass };
};

const unavailable = { type: "status", status: 503 } as const;
const limits = { retries: 1, circuitFailures: 3, circuitOpenMs: 30_000 };

describe("a circuit", () => {
  test("opens with the third failed call in a row: the next one sends nothing", async () => {
    server.script(unavailable);
    const { ask } = testModel(server.baseUrl, { ...steppedClock(), limits });
    for (let call = 1; call <= 3; call++) {
      expect(await ask()).toMatchObject({ failure: { code: "PROVIDER_FAILED" } });
      expect(server.requests).toHaveLength(2 * call);
    }
    // Not a moment of the clock has passed since the threshold.
    const refused = await ask();
    expect(refused).toMatchObject({ type: "failure", failure: { code: "CIRCUIT_OPEN", retryable: false } });
    expect(refused).not.toHaveProperty("failure.attempt");
    expect(server.requests).toHaveLength(6);
  });

  test("a call that succeeds starts the count anew", async () => {
    const { ask } = testModel(server.baseUrl, { ...steppedClock(), limits });
    for (const kind of [
      unavailable,
      unavailable,
      { type: "text", text: "ok" },
      unavailable,
      unavailable,
    ] as const) {
      server.script(kind);
      await ask();
    }
    server.script({ type: "text", text: "ok" });
    expect(await ask()).toMatchObject({ type: "reply" });
  });

  test("lets one call through when its time is over, to the millisecond, and that one tries once", async () => {
    server.script(unavailable);
    const { clock, pass } = steppedClock();
    const { ask } = testModel(server.baseUrl, { clock, limits });
    for (let call = 0; call < 3; call++) await ask();
    pass(29_999);
    expect(await ask()).toMatchObject({ failure: { code: "CIRCUIT_OPEN" } });
    pass(1);
    expect(await ask()).toMatchObject({ failure: { code: "PROVIDER_FAILED", attempt: 1 } });
    expect(server.requests).toHaveLength(7);
    // It failed, so the circuit is open for as long again.
    pass(29_999);
    expect(await ask()).toMatchObject({ failure: { code: "CIRCUIT_OPEN" } });
    pass(1);
    server.script({ type: "text", text: "ok" });
    expect(await ask()).toMatchObject({ type: "reply" });
    expect(await ask()).toMatchObject({ type: "reply" });
    expect(server.requests).toHaveLength(9);
  });

  test("of many calls at the moment it half-opens one goes out, and the rest follow if it answers", async () => {
    server.script(unavailable);
    const { clock, pass } = steppedClock();
    const { ask } = testModel(server.baseUrl, { clock, limits });
    for (let call = 0; call < 3; call++) await ask();
    pass(30_000);
    const failing = await Promise.all(Array.from({ length: 10 }, () => ask()));
    expect(server.requests).toHaveLength(7);
    expect(
      failing.filter((one) => one.type === "failure" && one.failure.code === "CIRCUIT_OPEN"),
    ).toHaveLength(9);
    pass(30_000);
    server.script({ type: "text", text: "ok" });
    const fine = await Promise.all(Array.from({ length: 10 }, () => ask()));
    expect(fine.every(({ type }) => type === "reply")).toBe(true);
    expect(server.requests).toHaveLength(17);
  });

  test("stays open where the call that tries is withdrawn, and the next one tries in its place", async () => {
    server.script(unavailable);
    const { clock, pass } = steppedClock();
    const { ask } = testModel(server.baseUrl, { clock, limits });
    for (let call = 0; call < 3; call++) await ask();
    pass(30_000);
    server.script({ type: "silence" }, unavailable);
    const abort = new AbortController();
    const withdrawn = ask({}, abort.signal);
    await expect.poll(() => server.requests.length).toBe(7);
    const waiting = [ask(), ask(), ask()];
    abort.abort();
    expect(await withdrawn).toMatchObject({ failure: { code: "ABORTED" } });
    const outcomes = await Promise.all(waiting);
    const codes = outcomes.map((one) => one.type === "failure" && one.failure.code);
    expect(codes).toEqual(["PROVIDER_FAILED", "CIRCUIT_OPEN", "CIRCUIT_OPEN"]);
    expect(server.requests).toHaveLength(8);
    pass(29_999);
    expect(await ask()).toMatchObject({ failure: { code: "CIRCUIT_OPEN" } });
  });

  test("lets one call through when its time is over, also where the machine's clock was set back meanwhile", async () => {
    server.script(unavailable);
    const { clock, pass } = steppedClock();
    const { ask } = testModel(server.baseUrl, { clock, limits });
    for (let call = 0; call < 3; call++) await ask();
    pass(30_000);
    server.script({ type: "text", text: "ok" });
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() - 3_600_000 });
    try {
      expect(await ask()).toMatchObject({ type: "reply" });
    } finally {
      vi.useRealTimers();
    }
  });

  test.each([
    ["a bad request", { type: "status", status: 400 }],
    ["a bad key", { type: "status", status: 401 }],
    ["an abort", undefined],
  ] as const)("%s says nothing about the endpoint", async (_, reply) => {
    server.script(reply ?? { type: "silence" });
    const { ask } = testModel(server.baseUrl, { ...steppedClock(), limits });
    for (let call = 1; call <= 4; call++) {
      const abort = new AbortController();
      const outcome = ask({}, abort.signal);
      await expect.poll(() => server.requests.length).toBe(call);
      if (reply === undefined) abort.abort();
      await outcome;
    }
    server.script({ type: "text", text: "ok" });
    expect(await ask()).toMatchObject({ type: "reply" });
  });

  test("calls that wait for a place when it opens send nothing", async () => {
    server.script(unavailable);
    const { ask } = testModel(server.baseUrl, {
      ...steppedClock(),
      limits: { retries: 0, circuitFailures: 3, concurrency: 1 },
    });
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => ask()));
    expect(server.requests).toHaveLength(3);
    expect(outcomes.every(({ type }) => type === "failure")).toBe(true);
  });
});

test("no more requests are in flight at an endpoint than it has places", async () => {
  let most = 0;
  server.script(() => {
    most = Math.max(most, server.open());
    return { type: "text", text: "ok" };
  });
  const { ask } = testModel(server.baseUrl, { limits: { concurrency: 3 } });
  const outcomes = await Promise.all(Array.from({ length: 30 }, () => ask()));
  expect(outcomes.every(({ type }) => type === "reply")).toBe(true);
  expect(most).toBeLessThanOrEqual(3);
});

test("a call that is withdrawn while it waits for a place leaves the place to the next", async () => {
  let answerFirst: () => void = () => undefined;
  const after = new Promise<void>((resolve) => (answerFirst = resolve));
  server.script({ type: "later", after, reply: { type: "text", text: "ok" } }, { type: "text", text: "ok" });
  const { ask } = testModel(server.baseUrl, { ...steppedClock(), limits: { concurrency: 1 } });
  const abort = new AbortController();
  const first = ask();
  await expect.poll(() => server.requests.length).toBe(1);
  const [withdrawn, next] = [ask({}, abort.signal), ask()];
  await new Promise(setImmediate);
  abort.abort();
  expect(await withdrawn).toMatchObject({ failure: { code: "ABORTED" } });
  answerFirst();
  expect(await first).toMatchObject({ type: "reply" });
  expect(await next).toMatchObject({ type: "reply" });
  expect(server.requests).toHaveLength(2);
});

test("a call that waits for a place until its deadline costs nothing and says nothing about the endpoint", async () => {
  const { clock, deadlines } = deadlineClock();
  let answerFirst: () => void = () => undefined;
  const after = new Promise<void>((resolve) => (answerFirst = resolve));
  server.script({ type: "later", after, reply: { type: "text", text: "ok" } }, { type: "text", text: "ok" });
  const { ask } = testModel(server.baseUrl, { clock, limits: { concurrency: 1, circuitFailures: 1 } });
  const first = ask();
  await expect.poll(() => server.requests.length).toBe(1);
  const late = ask();
  await new Promise(setImmediate);
  deadlines[1]?.();
  const outcome = await late;
  expect(outcome).toMatchObject({ failure: { code: "TIMEOUT" } });
  expect(outcome).not.toHaveProperty("failure.usage");
  answerFirst();
  expect(await first).toMatchObject({ type: "reply" });
  expect(await ask()).toMatchObject({ type: "reply" });
});

test.each([
  ["is next to try", 1],
  ["comes after another that tries", 2],
] as const)(
  "a call whose deadline passes while one tries a half-open circuit says nothing about the endpoint: it %s",
  async (_, waiting) => {
    const { clock, deadlines, pass } = deadlineClock();
    const { ask } = testModel(server.baseUrl, { clock, limits: { retries: 0, circuitFailures: 1 } });
    server.script(unavailable, { type: "silence" }, { type: "text", text: "ok" });
    await ask();
    pass(testLimits.circuitOpenMs);
    const abort = new AbortController();
    const trying = ask({}, abort.signal);
    await expect.poll(() => server.requests.length).toBe(2);
    const asked = Array.from({ length: waiting }, () => ask());
    await new Promise(setImmediate);
    // The last of them.
    deadlines.at(-1)?.();
    const late = await asked.at(-1);
    expect(late).toMatchObject({ failure: { code: "TIMEOUT" } });
    expect(late).not.toHaveProperty("failure.usage");
    abort.abort();
    expect(await trying).toMatchObject({ failure: { code: "ABORTED" } });
    for (const other of asked.slice(0, -1)) expect(await other).toMatchObject({ type: "reply" });
    expect(await ask()).toMatchObject({ type: "reply" });
  },
);
