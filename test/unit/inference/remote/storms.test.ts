import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { systemClock } from "../../../../actors/runtime/clock.ts";
import type { RemoteClock } from "../../../../inference/remote/clock.ts";
import { mockProvider, type MockProvider, type MockReply } from "../../../support/mock-provider.ts";
import { quickClock, testLimits, testModel } from "../../../support/remote-model.ts";

let server: MockProvider;
beforeEach(async () => {
  server = await mockProvider();
});
afterEach(() => server.close());

const fine: MockReply = { type: "text", text: "all is well" };
const unavailable: MockReply = { type: "status", status: 503 };
const error = (status: number, message: string, headers = {}): MockReply => ({
  type: "status",
  status,
  headers,
  body: JSON.stringify({ error: { message, code: null } }),
});

describe("a try that another may help", () => {
  const cases: readonly (readonly [string, MockReply, string, boolean])[] = [
    ["503", unavailable, "PROVIDER_FAILED", false],
    ["500 without JSON", { type: "status", status: 500, body: "<html>" }, "PROVIDER_FAILED", false],
    ["429", error(429, "slow down"), "RATE_LIMITED", false],
    // As OpenAI says it to those who have not paid yet.
    [
      "429 with an offer",
      error(429, `Limit 3, Used 3. Visit https://x/account/billing to pay`),
      "RATE_LIMITED",
      false,
    ],
    ["408", error(408, "too slow"), "TIMEOUT", false],
    ["silence", { type: "silence" }, "TIMEOUT", true],
    ["headers and silence", { type: "headers" }, "TIMEOUT", true],
    ["half a stream and silence", { type: "stall", text: "half" }, "TIMEOUT", true],
    ["one byte now and then, for ever", { type: "slow", everyMs: 20 }, "TIMEOUT", true],
    ["half a stream that ends", { type: "half", text: "half" }, "PROVIDER_FAILED", true],
    ["a dropped stream", { type: "drop", text: "half" }, "PROVIDER_FAILED", true],
    ["a reset", { type: "reset" }, "PROVIDER_FAILED", true],
    ["garbage", { type: "garbage" }, "PROVIDER_FAILED", true],
    ["bad JSON in a stream", { type: "badJson" }, "PROVIDER_FAILED", true],
    ["an error in a stream", { type: "streamError", error: { message: "oops" } }, "PROVIDER_FAILED", true],
    [
      "an overload in a stream",
      { type: "streamError", error: { message: "busy", code: 503 }, text: "" },
      "PROVIDER_FAILED",
      false,
    ],
    [
      "an overload amid a reply",
      { type: "streamError", error: { message: "busy", code: 503 } },
      "PROVIDER_FAILED",
      true,
    ],
  ];
  const model = (reply: MockReply) =>
    testModel(server.baseUrl, {
      clock: quickClock(() => server.silent() > 0),
      // Bytes come all the time: only the limit for a whole try ends this one, by the clock of the machine.
      ...(reply.type === "slow" ? { limits: { attemptTimeoutMs: 1_000, retries: 1 } } : {}),
    });

  test.each(cases)("%s once: the second try answers", async (_, reply, code, mayCost) => {
    server.script(reply, fine);
    const { ask, attempts } = model(reply);
    expect(await ask()).toMatchObject({ type: "reply", reply: { text: "all is well", attempt: 2 } });
    expect(server.requests).toHaveLength(2);
    expect(attempts).toMatchObject([{ attempt: 1, model: "remote:mock", failure: { code, attempt: 1 } }]);
    expect(attempts[0]?.delayMs).toBeGreaterThanOrEqual(250);
    expect(attempts[0]?.failure.usage !== undefined).toBe(mayCost);
  });

  test.each(cases)("%s for ever: as many tries as there may be, and no more", async (_, reply, code) => {
    server.script(reply);
    const tries = reply.type === "slow" ? 2 : 3;
    const { ask, attempts } = model(reply);
    expect(await ask()).toMatchObject({
      type: "failure",
      failure: { code, retryable: false, attempt: tries },
    });
    expect(server.requests).toHaveLength(tries);
    expect(attempts.map(({ attempt }) => attempt)).toEqual([1, 2].slice(0, tries - 1));
  });

  test("503, then 429, then ok: three requests, two of them on record as failed", async () => {
    server.script(unavailable, error(429, "slow down", { "retry-after": "2" }), fine);
    const { ask, attempts } = testModel(server.baseUrl);
    expect(await ask()).toMatchObject({ type: "reply", reply: { attempt: 3 } });
    expect(attempts.map(({ failure }) => failure.code)).toEqual(["PROVIDER_FAILED", "RATE_LIMITED"]);
    expect(attempts[1]?.delayMs).toBeGreaterThanOrEqual(2000);
    expect(attempts[1]?.delayMs).toBeLessThanOrEqual(2200);
  });

  test("nobody is kept waiting longer than a minute: such a Retry-After ends the call", async () => {
    server.script(error(429, "tomorrow", { "retry-after": "86400" }), fine);
    const { ask } = testModel(server.baseUrl);
    expect(await ask()).toMatchObject({ type: "failure", failure: { code: "RATE_LIMITED" } });
    expect(server.requests).toHaveLength(1);
  });

  test("a server that is gone costs nothing, and is tried three times", async () => {
    await server.close();
    const { ask, attempts } = testModel(server.baseUrl);
    const outcome = await ask();
    expect(outcome).toMatchObject({ type: "failure", failure: { code: "PROVIDER_FAILED", attempt: 3 } });
    expect(outcome).not.toHaveProperty("failure.usage");
    expect(attempts).toHaveLength(2);
  });
});

describe("a try that no other could help", () => {
  test.each([
    ["401", error(401, "bad key"), "UNAUTHORIZED"],
    ["403", error(403, "not yours"), "UNAUTHORIZED"],
    ["402", error(402, "pay first"), "UNAUTHORIZED"],
    ["404", error(404, "no such model"), "MODEL_UNAVAILABLE"],
    ["413", error(413, "too large"), "CONTEXT_TOO_LONG"],
    [
      "400 for its length",
      error(400, "This model's maximum context length is 8192 tokens"),
      "CONTEXT_TOO_LONG",
    ],
    [
      "400 by a filter",
      error(400, "The response was filtered by the content management policy"),
      "CONTENT_FILTERED",
    ],
    ["400", error(400, "temperature must be below 2"), "BAD_REQUEST"],
    ["429 without credit", error(429, "You exceeded your current quota"), "RATE_LIMITED"],
    ["429 for a spent limit", error(429, "Billing hard limit has been reached"), "RATE_LIMITED"],
    [
      "429 of a closed account",
      error(429, "Your account is not active, check your billing details"),
      "RATE_LIMITED",
    ],
    ["a stop by the filter", { type: "text", text: "", finish: "content_filter" }, "CONTENT_FILTERED"],
    ["a redirect", { type: "redirect", to: "http://127.0.0.1:1/" }, "BAD_REQUEST"],
  ] as const)("%s: one request", async (_, reply, code) => {
    server.script(reply, fine);
    const { ask, attempts } = testModel(server.baseUrl);
    expect(await ask()).toMatchObject({ type: "failure", failure: { code, retryable: false } });
    expect(server.requests).toHaveLength(1);
    expect(attempts).toEqual([]);
  });

  test("a port that fetch refuses is told, and costs nothing", async () => {
    const outcome = await testModel("http://127.0.0.1:9/v1").ask();
    expect(outcome).toMatchObject({ type: "failure", failure: { code: "BAD_REQUEST", attempt: 1 } });
    expect(outcome).not.toHaveProperty("failure.usage");
  });

  test("a reply without an end is cut off, and not asked for again", async () => {
    server.script({ type: "huge", bytes: 100 * 1024 * 1024 });
    const { ask } = testModel(server.baseUrl);
    expect(await ask()).toMatchObject({ type: "failure", failure: { code: "PROVIDER_FAILED" } });
    expect(server.requests).toHaveLength(1);
    await expect.poll(() => server.open()).toBe(0);
  });
});

describe("what a call may take", () => {
  test("a failed try that may have cost something is tried again only if that is paid for", async () => {
    server.script({ type: "drop", text: "half" }, fine);
    const { ask } = testModel(server.baseUrl);
    // Whoever asked may ask again, with a reservation of its own.
    expect(await ask({}, undefined, { tries: 1 })).toMatchObject({
      type: "failure",
      failure: { code: "PROVIDER_FAILED", retryable: true, usage: { estimated: true, outputTokens: 64 } },
    });
    expect(server.requests).toHaveLength(1);
  });

  test("one that cost nothing is tried again all the same", async () => {
    server.script(unavailable, unavailable, fine);
    const { ask } = testModel(server.baseUrl);
    expect(await ask({}, undefined, { tries: 1 })).toMatchObject({ type: "reply" });
  });

  test("all tries together end with the deadline of the call", async () => {
    server.script({ type: "silence" });
    const { ask } = testModel(server.baseUrl, {
      limits: { timeoutMs: 6_000, firstByteTimeoutMs: 4_900, retries: 10_000 },
      clock: { nowUs: () => 0, after: (ms, fire) => systemClock().after(ms / 20, fire) },
    });
    expect(await ask()).toMatchObject({ type: "failure", failure: { code: "TIMEOUT" } });
    expect(server.requests.length).toBeLessThanOrEqual(2);
    await expect.poll(() => server.open()).toBe(0);
  });

  describe("of a call that ends while none of its tries is out, no try is charged", () => {
    const quick = quickClock();
    let deadline: () => void = () => undefined;
    const clock: RemoteClock = {
      nowUs: () => quick.nowUs(),
      after: (ms, fire) => {
        if (ms !== testLimits.timeoutMs) return quick.after(ms, fire);
        deadline = fire;
        return () => undefined;
      },
    };
    test.each([
      ["by its deadline, before the first", "deadline", "first", "TIMEOUT"],
      ["by its deadline, between two", "deadline", "second", "TIMEOUT"],
      ["by an abort, before the first", "abort", "first", "ABORTED"],
      ["by an abort, between two", "abort", "second", "ABORTED"],
    ] as const)("%s", async (_, end, before, code) => {
      server.script(unavailable);
      const abort = new AbortController();
      const stop = () => (end === "abort" ? abort.abort() : deadline());
      const outcome = await testModel(server.baseUrl, { clock }).ask({}, abort.signal, {
        recorded: async () => (before === "first" ? stop() : undefined),
        attempted: stop,
      });
      expect(outcome).toMatchObject({ type: "failure", failure: { code, retryable: false } });
      expect(outcome).not.toHaveProperty("failure.usage");
      expect(server.requests).toHaveLength(before === "first" ? 0 : 1);
    });
  });

  test("a try has its time, also where that is longer than a timer of the machine can be", async () => {
    server.script(fine);
    const limits = { attemptTimeoutMs: 2 ** 31, timeoutMs: 2 ** 32, retries: 0 };
    expect(await testModel(server.baseUrl, { limits }).ask()).toMatchObject({ type: "reply" });
  });

  test("numbers go on where an earlier process left off", async () => {
    server.script(unavailable, fine);
    const { ask, attempts } = testModel(server.baseUrl);
    expect(await ask({}, undefined, { attempts: 2 })).toMatchObject({ reply: { attempt: 4 } });
    expect(attempts.map(({ attempt }) => attempt)).toEqual([3]);
  });

  test("the waits are those of the seed", async () => {
    const delays = async () => {
      server.script(unavailable);
      const { ask, attempts } = testModel(server.baseUrl);
      await ask();
      return attempts.map(({ delayMs }) => delayMs);
    };
    const [first = 0, second = 0] = await delays();
    expect(await delays()).toEqual([first, second]);
    expect(first).toBeGreaterThanOrEqual(250);
    expect(first).toBeLessThanOrEqual(500);
    expect(second).toBeGreaterThanOrEqual(500);
    expect(second).toBeLessThanOrEqual(1000);
  });
});

describe("an abort", () => {
  test.each([
    ["before a byte", { type: "silence" }],
    ["in the middle of a stream", { type: "stall", text: "half" }],
  ] as const)("%s ends the request at the server too", async (_, reply) => {
    server.script(reply);
    const { ask } = testModel(server.baseUrl);
    const abort = new AbortController();
    const outcome = ask({}, abort.signal);
    await expect.poll(() => server.requests.length).toBe(1);
    abort.abort();
    expect(await outcome).toMatchObject({
      type: "failure",
      failure: {
        code: "ABORTED",
        retryable: false,
        attempt: 1,
        usage: { estimated: true, outputTokens: 64 },
      },
    });
    await expect.poll(() => server.requests[0]?.aborted).toBe(true);
    await expect.poll(() => server.open()).toBe(0);
  });

  test("closing the model is one, and nothing goes out after it", async () => {
    server.script({ type: "silence" });
    const { ask, model } = testModel(server.baseUrl);
    const outcome = ask();
    await expect.poll(() => server.requests.length).toBe(1);
    await model.close();
    expect(await outcome).toMatchObject({ failure: { code: "ABORTED" } });
    expect(await ask()).toMatchObject({ failure: { code: "ABORTED" } });
    expect(server.requests).toHaveLength(1);
  });

  test("nothing goes out before the row that asks for it is on disk", async () => {
    let onDisk: () => void = () => undefined;
    const recorded = new Promise<void>((resolve) => (onDisk = resolve));
    const { ask } = testModel(server.baseUrl);
    const outcome = ask({}, undefined, { recorded: () => recorded });
    await new Promise(setImmediate);
    expect(server.requests).toHaveLength(0);
    onDisk();
    expect(await outcome).toMatchObject({ type: "reply" });
  });

  test("no try goes out before the failure of the one before is on disk", async () => {
    server.script(unavailable, fine);
    const { ask, attempts } = testModel(server.baseUrl);
    let onDisk: () => void = () => undefined;
    const failureRecorded = new Promise<void>((resolve) => (onDisk = resolve));
    const outcome = ask({}, undefined, {
      recorded: async () => (attempts.length === 0 ? undefined : failureRecorded),
    });
    await expect.poll(() => attempts.length).toBe(1);
    for (let turn = 0; turn < 50; turn += 1) await new Promise(setImmediate);
    expect(server.requests).toHaveLength(1);
    onDisk();
    expect(await outcome).toMatchObject({ type: "reply" });
    expect(server.requests).toHaveLength(2);
  });
});
