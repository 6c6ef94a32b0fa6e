import { afterEach, beforeEach, expect, test } from "vitest";
import { faultInStream, faultOf } from "../../../../inference/remote/fault.ts";
import { withoutQuotes } from "../../../../observability/redact.ts";
import { mockProvider, type MockProvider, type MockReply } from "../../../support/mock-provider.ts";
import { testModel } from "../../../support/remote-model.ts";

const secret = "TOPSECRET";
let server: MockProvider;
beforeEach(async () => {
  server = await mockProvider();
});
afterEach(() => server.close());

const status = (code: number, body: string, type = "application/json"): MockReply => ({
  type: "status",
  status: code,
  headers: { "content-type": type },
  body,
});

test.each<readonly [string, MockReply]>([
  ["plain text", status(500, `text/plain: cannot process input: ${secret} of the user`, "text/plain")],
  ["JSON", status(400, JSON.stringify({ error: { message: `prompt ${secret} is wrong` } }))],
  ["JSON in single quotes", status(400, `{'error': 'invalid prompt ${secret} of the user'}`)],
  ["JSON that was cut off", status(400, `{"error": {"message": "${secret} and`)],
  ["a page", status(502, `<html>\n<p class="x">${secret}</p>\n</html>`, "text/html")],
  ["a refused key", status(401, `no key for ${secret}`, "text/plain")],
  ["a missing model", status(404, `“${secret}” not found`, "text/plain")],
  ["a prompt that is too long", status(400, `prompt is too long: ${secret}`, "text/plain")],
  ["a filter", status(400, `content_filter: ${secret}`, "text/plain")],
  ["a filter in a stream", { type: "streamError", error: `content_filter ${secret}` }],
  ["an error in a stream", { type: "streamError", error: { message: `odd ${secret}`, code: `E ${secret}` } }],
  ["an error with a status in a stream", { type: "streamError", error: { message: secret, code: 503 } }],
])("what a provider says is told, and in quotes: %s", async (_, reply) => {
  server.script(reply);
  const { ask, attempts } = testModel(server.baseUrl, { limits: { retries: 1 } });
  const outcome = await ask();
  const failures = [...attempts.map(({ failure }) => failure)];
  if (outcome.type === "failure") failures.push(outcome.failure);
  expect(failures).not.toEqual([]);
  for (const { message } of failures) {
    expect(message).toContain(secret);
    expect(withoutQuotes(message)).not.toContain(secret);
  }
});

test.each([
  ["an exception", new Error(`cannot read ${secret}`)],
  ["an exception around another", new Error("no", { cause: { code: `E ${secret}` } })],
  ["plain data", { code: `ERR ${secret}`, text: secret }],
  ["a code of a connection", { code: `CERT_${secret.toLowerCase()}` }],
  ["a text", secret],
])("what a library throws is in quotes: %s", (_, thrown) => {
  expect(withoutQuotes(faultOf(thrown, 0).message)).not.toContain(secret);
  expect(withoutQuotes(faultInStream(thrown, 0).message)).not.toContain(secret);
});

test("swarm's own words stay outside of quotes", () => {
  expect(faultOf(Object.assign(new Error("x"), { code: "ECONNREFUSED" }), 0).message).toBe(
    "cannot connect: ECONNREFUSED",
  );
});
