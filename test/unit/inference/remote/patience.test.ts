import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { testModel } from "../../../support/remote-model.ts";

const event = (choice: object): string =>
  `data: ${JSON.stringify({ choices: [{ index: 0, ...choice }] })}\n\n`;
const beginning = event({ delta: { content: "late, " } });
const end = `${event({ delta: { content: "but here" }, finish_reason: "stop" })}data: [DONE]\n\n`;

/** An endpoint that says `first` at once, if anything, and the rest when told. */
const slowEndpoint = async (first: string, rest: string) => {
  let tell: () => void = () => undefined;
  const told = new Promise<void>((resolve) => (tell = resolve));
  let requests = 0;
  const server = createServer((_, response) => {
    requests += 1;
    response.setHeader("content-type", "text/event-stream");
    if (first !== "") response.write(first);
    void told.then(() => response.end(rest));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    tell,
    requests: () => requests,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
};

/** Node's own limits are five minutes: here they are a twentieth of a second. */
const impatient = { headersTimeout: 50, bodyTimeout: 50 };
const places = [1, 2].map((number) => Symbol.for(`undici.globalDispatcher.${number}`));
const nodes = new Map<symbol, object>();

beforeEach(() => {
  // Node makes them when the class is first used.
  expect(Request).toBeTypeOf("function");
  for (const place of places) if (place in globalThis) nodes.set(place, Reflect.get(globalThis, place));
  const newest = [...nodes.values()].at(-1);
  const Agent = newest?.constructor as new (limits: object) => object;
  for (const place of nodes.keys()) Reflect.set(globalThis, place, new Agent(impatient));
});
afterEach(() => {
  for (const [place, dispatcher] of nodes) Reflect.set(globalThis, place, dispatcher);
});

test.each([
  ["its first byte", "", beginning + end, "UND_ERR_HEADERS_TIMEOUT"],
  ["the next one", beginning, end, "UND_ERR_BODY_TIMEOUT"],
])(
  "a reply is waited for by our own times only, and not by those of Node: %s",
  async (_, first, rest, code) => {
    const endpoint = await slowEndpoint(first, rest);
    try {
      const { ask } = testModel(endpoint.baseUrl, { limits: { retries: 0 } });
      const asked = ask();
      await expect.poll(endpoint.requests).toBe(1);
      // Whoever asks later by Node's own times is cut first.
      const cut = fetch(endpoint.baseUrl).then((response) => response.text());
      await expect(cut).rejects.toMatchObject({ cause: { code } });
      endpoint.tell();
      expect(await asked).toMatchObject({ type: "reply", reply: { text: "late, but here" } });
      expect(endpoint.requests()).toBe(2);
    } finally {
      endpoint.close();
    }
  },
);
