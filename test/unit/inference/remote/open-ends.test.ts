import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { testModel } from "../../../support/remote-model.ts";

/** Answers each request, on a real socket, with what a test writes. */
let write: (response: ServerResponse) => void;
let asked: number;
const server = createServer((request, response) => {
  request.resume().on("end", () => {
    asked += 1;
    write(response);
  });
});
beforeEach(async () => {
  asked = 0;
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterEach(async () => {
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeAllConnections();
  await closed;
});
const baseUrl = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;

const event = (choice: object): string => `data: ${JSON.stringify({ choices: [choice] })}\n\n`;

test.each([
  ["in one piece", ["data: [DONE]\n\n"]],
  ["in several", ["data: [DO", "NE]", "\n\n"]],
  ["without a blank", ["data:[DONE]\n\n"]],
])(
  "a reply is over with the last word of its stream, also where the connection stays open: %s",
  async (_, last) => {
    const gone = new Promise<void>((resolve) => {
      write = (response) => {
        response.on("close", resolve).writeHead(200, { "content-type": "text/event-stream" });
        response.write(event({ delta: { content: "it says data: [DONE]" } }));
        response.write(event({ delta: {}, finish_reason: "stop" }));
        const next = ([piece, ...pieces]: readonly string[]): void => {
          if (piece !== undefined) response.write(piece, () => setImmediate(next, pieces));
        };
        next(last);
      };
    });
    const outcome = await testModel(baseUrl()).ask();
    expect(outcome).toMatchObject({
      reply: { text: "it says data: [DONE]", finishReason: "stop", attempt: 1 },
    });
    await gone;
    expect(asked).toBe(1);
  },
);

test("a web page in place of a reply says that the address is wrong, and costs nothing", async () => {
  write = (response) => {
    response
      .writeHead(200, { "content-type": "text/html; charset=utf-8" })
      .end("<!doctype html><p>Welcome</p>");
  };
  const outcome = await testModel(baseUrl()).ask();
  expect(outcome).toMatchObject({ failure: { code: "BAD_REQUEST", retryable: false, attempt: 1 } });
  expect(JSON.stringify(outcome)).toContain("the endpoint answers with a web page, correct baseUrl");
  expect(outcome).not.toHaveProperty("failure.usage");
  expect(asked).toBe(1);
});

test("of a web page without an end no more is read, and its connection ends", async () => {
  const gone = new Promise<void>((resolve) => {
    write = (response) => {
      response.on("close", resolve).writeHead(200, { "content-type": "text/html" });
      response.write("<!doctype html><p>Welcome");
    };
  });
  expect(await testModel(baseUrl()).ask()).toMatchObject({ failure: { code: "BAD_REQUEST" } });
  await gone;
});

test("calls of tools in a reply that comes in one piece are told apart", async () => {
  const call = (id: string, city: string) => ({
    id,
    type: "function",
    function: { name: "weather", arguments: JSON.stringify({ city }) },
  });
  const message = { role: "assistant", content: null, tool_calls: [call("1", "Oslo"), call("2", "Rome")] };
  write = (response) => {
    response
      .writeHead(200, { "content-type": "application/json" })
      .end(JSON.stringify({ choices: [{ index: 0, message, finish_reason: "tool_calls" }] }));
  };
  expect(await testModel(baseUrl()).ask()).toMatchObject({
    reply: {
      toolCalls: [
        { id: "1", name: "weather", input: { city: "Oslo" } },
        { id: "2", name: "weather", input: { city: "Rome" } },
      ],
    },
  });
});

test("of an error without an end its beginning says enough", async () => {
  write = (response) => {
    response.writeHead(503, { "content-type": "application/json" });
    for (let piece = 0; piece < 4; piece += 1) response.write("x".repeat(20_000));
  };
  const outcome = await testModel(baseUrl(), { limits: { retries: 0 } }).ask();
  expect(outcome).toMatchObject({
    failure: { code: "PROVIDER_FAILED", message: expect.stringContaining("status 503: ") },
  });
});
