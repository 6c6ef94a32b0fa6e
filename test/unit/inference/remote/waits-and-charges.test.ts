import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { RemoteClock } from "../../../../inference/remote/clock.ts";
import { mockProvider, type MockProvider, type MockReply } from "../../../support/mock-provider.ts";
import { testLimits, testModel } from "../../../support/remote-model.ts";

let server: MockProvider;
beforeEach(async () => {
  server = await mockProvider();
});
afterEach(() => server.close());

/** Waits between tries are over at once; what an endpoint may take never is. */
const clock: RemoteClock = {
  nowUs: () => 0,
  after: (ms, fire) => {
    if (ms === testLimits.timeoutMs || ms === testLimits.firstByteTimeoutMs) return () => undefined;
    const immediate = setImmediate(fire);
    return () => clearImmediate(immediate);
  },
};

const fine: MockReply = { type: "text", text: "all is well" };
const status = (code: number, message: string, headers = {}): MockReply => ({
  type: "status",
  status: code,
  headers,
  body: JSON.stringify({ error: { message } }),
});

describe("a wait before another try", () => {
  test.each([429, 503])(
    "is as long as the provider asks with %i, and a little longer by chance",
    async (code) => {
      const delays: number[] = [];
      for (const request of ["r", "s", "t"]) {
        server.script(status(code, "later", { "retry-after": "20" }), fine);
        const { ask, attempts } = testModel(server.baseUrl, { clock });
        expect(await ask({}, undefined, { request })).toMatchObject({ type: "reply" });
        delays.push(...attempts.map(({ delayMs }) => delayMs));
      }
      expect(Math.min(...delays)).toBeGreaterThanOrEqual(20_000);
      expect(Math.max(...delays)).toBeLessThanOrEqual(22_000);
      // All that were told the same moment do not come back in one moment.
      expect(new Set(delays).size).toBe(3);
    },
  );

  test.each([
    ["60", 2],
    ["60.001", 1],
  ])("of %s seconds: requests %i", async (seconds, requests) => {
    server.script(status(429, "later", { "retry-after": seconds }), fine);
    await testModel(server.baseUrl, { clock }).ask();
    expect(server.requests).toHaveLength(requests);
  });

  test("doubles, up to half a minute", async () => {
    server.script(status(503, "later"));
    const { ask, attempts } = testModel(server.baseUrl, { clock, limits: { retries: 12 } });
    await ask();
    const delays = attempts.map(({ delayMs }) => delayMs);
    for (const [made, delay] of delays.entries()) {
      const most = Math.min(30_000, 500 * 2 ** made);
      expect([delay >= most / 2, delay <= most]).toEqual([true, true]);
    }
    expect(delays).toHaveLength(12);
  });
});

test.each([
  ["a conflict", status(409, "busy")],
  ["a request that is too early", status(425, "too early")],
  ["a broken filter", status(500, "the content filter is down")],
])("another try may help: %s", async (_, reply) => {
  server.script(reply, fine);
  expect(await testModel(server.baseUrl).ask()).toMatchObject({ type: "reply", reply: { attempt: 2 } });
});

test.each<readonly [string, MockReply, string]>([
  ["a reply without an end", { type: "huge", bytes: 20 * 1024 * 1024 }, "PROVIDER_FAILED"],
  ["a stop by the filter", { type: "text", text: "h", finish: "content_filter" }, "CONTENT_FILTERED"],
  ["a filter in a stream", { type: "streamError", error: { message: "content_filter" } }, "CONTENT_FILTERED"],
])("is charged, since the provider has worked: %s", async (_, reply, code) => {
  server.script(reply);
  expect(await testModel(server.baseUrl).ask()).toMatchObject({
    failure: { code, usage: { estimated: true, outputTokens: 64 } },
  });
  expect(server.requests).toHaveLength(1);
});

test("an account without credit speaks against its endpoint", async () => {
  server.script(status(429, "You exceeded your current quota"));
  const { ask } = testModel(server.baseUrl, { limits: { circuitFailures: 1 } });
  expect(await ask()).toMatchObject({ failure: { code: "RATE_LIMITED" } });
  expect(await ask()).toMatchObject({ failure: { code: "CIRCUIT_OPEN" } });
});

test("tokens that nobody can count so have an upper bound in their place", async () => {
  server.script({ ...fine, usage: { prompt_tokens: 1.5, completion_tokens: -2 } });
  expect(await testModel(server.baseUrl).ask()).toMatchObject({
    reply: { usage: { estimated: true, outputTokens: 11 } },
  });
});

test("the temperature of the endpoint goes before that of the request", async () => {
  await testModel(server.baseUrl, { temperature: 1 }).ask({ temperature: 0.2 });
  await testModel(server.baseUrl).ask({ temperature: 0.2 });
  expect(server.requests.map(({ body }) => body["temperature"])).toEqual([1, 0.2]);
});

test("a call that is over leaves no timer behind", async () => {
  const running = new Set<number>();
  let timers = 0;
  const { ask } = testModel(server.baseUrl, {
    clock: {
      nowUs: () => 0,
      after: (ms, fire) => {
        const timer = (timers += 1);
        running.add(timer);
        const soon = ms > 1000 ? undefined : setImmediate(fire);
        return () => {
          running.delete(timer);
          clearImmediate(soon);
        };
      },
    },
  });
  server.script(status(503, "later"), fine);
  expect(await ask()).toMatchObject({ type: "reply" });
  server.script(status(400, "no"));
  expect(await ask()).toMatchObject({ type: "failure" });
  expect(timers).toBeGreaterThan(4);
  expect([...running]).toEqual([]);
});
