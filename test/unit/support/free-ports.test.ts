import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { freePorts } from "../../support/free-ports.ts";

test("no port is given twice, however often and by whomever it is asked for", async () => {
  const drawn = [
    ...(await freePorts(9)),
    ...(await freePorts(0)),
    ...(await Promise.all([freePorts(9), freePorts(9), freePorts(9)])).flat(),
  ];
  expect(drawn).toHaveLength(36);
  expect(new Set(drawn).size).toBe(36);
});

test.each(["127.0.0.1", "0.0.0.0"])("a port that somebody listens on at %s is not given", async (address) => {
  const [first = 0] = await freePorts(1);
  const server = createServer().listen(first + 1, address);
  onTestFinished(() => void server.close());
  await once(server, "listening");
  expect(await freePorts(3)).not.toContain(first + 1);
});

test("the kernel gives none of them to a server that has no port of its own", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  for (const drawn of await freePorts(20)) expect(drawn).toBeLessThan(port);
});
