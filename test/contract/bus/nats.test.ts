import { once } from "node:events";
import { createServer } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { connect as connectRaw } from "nats";
import type { Bus } from "../../../coordination/bus/bus.ts";
import { natsBus } from "../../../coordination/bus/nats.ts";
import type { NatsBusOptions } from "../../../coordination/bus/nats-options.ts";
import { hasNatsServer, startNatsServer } from "../../support/nats-server.ts";
import type { NatsServer } from "../../support/nats-server.ts";
import { collect, collector, collectStatus, dataOf } from "./collect.ts";
import { busContract } from "./contract.ts";

describe.skipIf(!hasNatsServer())("with a real nats-server", () => {
  let shared: NatsServer;
  beforeAll(async () => {
    shared = await startNatsServer();
  });
  afterAll(() => shared.stop());

  const endings: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const end of endings.splice(0).reverse()) await end();
  });
  const openBus = async (options: NatsBusOptions): Promise<Bus> => {
    const bus = await natsBus({ reconnectWaitMs: 10, ...options });
    endings.push(() => bus.close());
    return bus;
  };
  const ownServer = async (config?: string): Promise<NatsServer> => {
    const server = await startNatsServer(config);
    endings.push(() => server.stop());
    return server;
  };

  busContract("the NATS bus", () => natsBus({ url: shared.url, name: "contract" }));

  test("two buses on one server talk to each other", async () => {
    const [one, two] = [await openBus({ url: shared.url }), await openBus({ url: shared.url })];
    const seen = collect(two, "between");
    two.subscribe("ask", ({ reply }) => two.publish(reply ?? "", "answer"));
    await two.flush();
    one.publish("between", { from: "one" });
    expect((await seen.until(1))[0]?.data).toEqual({ from: "one" });
    expect((await one.request("ask", null, { timeoutMs: 10_000 })).data).toBe("answer");
  });

  test("what another client sends that is no JSON is reported and skipped", async () => {
    const bus = await openBus({ url: shared.url });
    const [seen, statuses] = [collect(bus, "foreign"), collectStatus(bus)];
    await bus.flush();
    const raw = await connectRaw({ servers: shared.url });
    endings.push(() => raw.close());
    for (const text of ["no json", "", '"json"']) raw.publish("foreign", text);
    expect((await seen.until(1))[0]?.data).toBe("json");
    expect(await statuses.until(2)).toMatchObject([
      { type: "error", subject: "foreign", error: { code: "NOT_JSON" } },
      { type: "error", subject: "foreign", error: { code: "NOT_JSON" } },
    ]);
  });

  test("after kill -9 and a restart on the same port it goes on, with what was published meanwhile, in order", async () => {
    const server = await ownServer();
    const bus = await openBus({ url: server.url });
    const [seen, statuses] = [collect(bus, "go.*"), collectStatus(bus)];
    bus.publish("go.on", "before");
    await seen.until(1);
    await server.kill();
    await statuses.first(({ type }) => type === "disconnected");
    for (const data of [1, 2, 3]) bus.publish("go.on", data, { headers: { kept: ["yes"] } });
    await expect(bus.request("go.on", null, { timeoutMs: 1_000_000 })).rejects.toMatchObject({
      code: "DISCONNECTED",
    });
    await expect(bus.flush()).rejects.toMatchObject({ code: "DISCONNECTED" });
    await server.restart();
    await statuses.first(({ type }) => type === "reconnected");
    bus.publish("go.on", "after");
    expect(dataOf(await seen.until(5))).toEqual(["before", 1, 2, 3, "after"]);
    expect(seen.items[1]?.headers).toEqual({ kept: ["yes"] });
    expect(statuses.items.map(({ type }) => type)).toEqual(["disconnected", "reconnected"]);
  });

  test("a subscription made while the server is away stands when it is back, one ended then does not", async () => {
    const server = await ownServer();
    const [bus, peer] = [await openBus({ url: server.url }), await openBus({ url: server.url })];
    const [statuses, peerStatuses] = [collectStatus(bus), collectStatus(peer)];
    const ended = collector<unknown>();
    const subscription = bus.subscribe("made", (message) => ended.add(message));
    await bus.flush();
    await server.kill();
    await statuses.until(1);
    await peerStatuses.until(1);
    const seen = collect(bus, "made");
    subscription.unsubscribe();
    await server.restart();
    await statuses.until(2);
    await peerStatuses.until(2);
    await bus.flush();
    peer.publish("made", 1);
    expect(dataOf(await seen.until(1))).toEqual([1]);
    expect(ended.collected.items).toEqual([]);
  });

  test("what is published while the server is away is bounded, and the loss is reported once", async () => {
    const server = await ownServer();
    const bus = await openBus({ url: server.url, maxOfflineBytes: 1_000 });
    const [seen, statuses] = [collect(bus, "full"), collectStatus(bus)];
    await bus.flush();
    await server.kill();
    await statuses.until(1);
    const [kept, tooMuch] = ["x".repeat(400), `full.${"s".repeat(200)}`];
    bus.publish("full", kept);
    bus.publish(tooMuch, 1);
    bus.publish("full", "after the gap");
    expect((await statuses.until(2))[1]).toMatchObject({
      type: "error",
      subject: tooMuch,
      error: { code: "OFFLINE_BUFFER_FULL" },
    });
    await server.restart();
    await statuses.until(3);
    bus.publish("full", "back");
    expect(dataOf(await seen.until(2))).toEqual([kept, "back"]);
  });

  test("a request under way when the server dies times out, and close ends one at once", async () => {
    const server = await ownServer();
    const bus = await openBus({ url: server.url });
    const statuses = collectStatus(bus);
    const seen = collect(bus, "silent");
    const [timedOut, closed] = [
      bus.request("silent", 1, { timeoutMs: 200 }),
      bus.request("silent", 2, { timeoutMs: 1_000_000 }),
    ];
    const refused = expect(closed).rejects.toMatchObject({ code: "BUS_CLOSED" });
    await seen.until(2);
    await server.kill();
    await statuses.until(1);
    await expect(timedOut).rejects.toMatchObject({ code: "REQUEST_TIMEOUT" });
    await bus.close();
    await refused;
  });

  test("drain ends while the server is away", async () => {
    const server = await ownServer();
    const bus = await openBus({ url: server.url });
    const statuses = collectStatus(bus);
    collect(bus, "a");
    await server.kill();
    await statuses.until(1);
    await bus.drain();
    expect((await statuses.until(2))[1]).toEqual({ type: "closed", error: undefined });
  });

  test("when attempts to reconnect run out, the bus closes and says why", async () => {
    const server = await ownServer();
    const bus = await openBus({ url: server.url, maxReconnectAttempts: 2 });
    const statuses = collectStatus(bus);
    await server.kill();
    expect(await statuses.until(2)).toMatchObject([
      { type: "disconnected" },
      { type: "closed", error: { code: "DISCONNECTED" } },
    ]);
    expect(() => bus.publish("a", 1)).toThrow(expect.objectContaining({ code: "BUS_CLOSED" }));
  });

  describe("with permissions", () => {
    const CONFIG = `authorization { users = [ { user: voter, password: secret, permissions: {
      publish: ["vote.>", "_INBOX.>"], subscribe: ["vote.>", "_INBOX.>"] } } ] }`;
    const credentials = { type: "password", user: "voter", password: "secret" } as const;

    test("a denied publish, subscription and request surface, and the rest goes on", async () => {
      const server = await ownServer(CONFIG);
      const bus = await openBus({ url: server.url, credentials });
      const statuses = collectStatus(bus);
      const seen = collect(bus, "vote.cast");
      bus.publish("ledger.write", 1);
      expect((await statuses.until(1))[0]).toMatchObject({
        type: "error",
        subject: "ledger.write",
        error: { code: "PERMISSION_DENIED" },
      });
      const denied = bus.subscribe("ledger.read", () => undefined);
      bus.subscribe("ledger.share", () => undefined, { queue: "crew" });
      expect((await statuses.until(3)).slice(1)).toMatchObject([
        { type: "error", subject: "ledger.read", error: { code: "PERMISSION_DENIED" } },
        { type: "error", subject: "ledger.share", error: { code: "PERMISSION_DENIED" } },
      ]);
      await denied.drain();
      await expect(bus.request("ledger.ask", 1, { timeoutMs: 1_000_000 })).rejects.toMatchObject({
        code: "PERMISSION_DENIED",
      });
      bus.publish("vote.cast", "yes");
      expect((await seen.until(1))[0]?.data).toBe("yes");
    });

    test.each([
      ["no credentials", {}],
      ["a wrong password", { credentials: { ...credentials, password: "wrong" } }],
      ["a wrong token", { credentials: { type: "token", token: "wrong" } as const }],
    ])("%s: the connect is refused", async (_, options) => {
      const server = await ownServer(CONFIG);
      await expect(natsBus({ url: server.url, ...options })).rejects.toMatchObject({
        code: "PERMISSION_DENIED",
      });
    });

    test("a token opens a server that asks for one", async () => {
      const server = await ownServer('authorization { token: "right" }');
      const bus = await openBus({ url: server.url, credentials: { type: "token", token: "right" } });
      await bus.flush();
    });

    test("an address may name a user with a password, or a token", async () => {
      const guarded = await ownServer(CONFIG);
      await (await openBus({ url: guarded.url.replace("//", "//voter:sec%72et@") })).flush();
      const closed = await ownServer('authorization { token: "r:ght" }');
      await (await openBus({ url: closed.url.replace("//", "//r%3Aght@") })).flush();
      await closed.kill();
      const failed = natsBus({ url: closed.url.replace("//", "//r%3Aght@") });
      await expect(failed).rejects.toThrow(`no NATS server answers at ${closed.url};`);
    });
  });

  test("the limit is the one of the server that is there now", async () => {
    const server = await ownServer("max_payload: 500");
    const bus = await openBus({ url: server.url });
    const [seen, statuses] = [collect(bus, "a"), collectStatus(bus)];
    await server.kill();
    await server.restart("max_payload: 1000");
    await statuses.first(({ type }) => type === "reconnected");
    bus.publish("a", "x".repeat(998));
    await seen.until(1);
  });

  test("what the server refuses otherwise is told, too", async () => {
    const server = await ownServer("max_subscriptions: 1");
    const bus = await openBus({ url: server.url });
    const statuses = collectStatus(bus);
    for (const subject of ["a", "b"]) collect(bus, subject);
    expect(await statuses.until(1)).toMatchObject([{ type: "error", error: { code: "SERVER_ERROR" } }]);
  });

  test("what handlers publish in a drain reaches the server", async () => {
    const [one, two] = [await openBus({ url: shared.url }), await openBus({ url: shared.url })];
    const seen = collect(two, "drained.two");
    one.subscribe("drained.one", ({ data }) => one.publish("drained.two", data));
    await Promise.all([one.flush(), two.flush()]);
    const sent = Array.from({ length: 100 }, (_, at) => at);
    for (const at of sent) two.publish("drained.one", at);
    await two.flush();
    await one.drain();
    await two.flush();
    expect(dataOf(seen.items)).toEqual(sent);
  });

  test("the limit is the server's own", async () => {
    const server = await ownServer("max_payload: 1000");
    const bus = await openBus({ url: server.url });
    const seen = collect(bus, "a");
    bus.publish("a", "x".repeat(998));
    await seen.until(1);
    expect(() => bus.publish("a", "x".repeat(999))).toThrow(
      expect.objectContaining({ code: "PAYLOAD_TOO_LARGE" }),
    );
  });

  test("the longest subject, reply and queue name pass the server's control line", async () => {
    const bus = await openBus({ url: shared.url });
    const [subject, reply, queue] = ["s", "r", "q"].map((letter) => letter.repeat(1_024));
    const seen = collect(bus, subject ?? "", { queue: queue ?? "" });
    bus.publish(subject ?? "", 1, { reply: reply ?? "", headers: { a: ["1"] } });
    expect(await seen.until(1)).toMatchObject([{ subject, reply }]);
  });

  test("where no server is, the connect says what to do", async () => {
    const server = await ownServer();
    await server.kill();
    const failed = natsBus({ url: server.url });
    await expect(failed).rejects.toMatchObject({ code: "NO_SERVER" });
    await expect(failed).rejects.toThrow(/start one with `nats-server`, or leave --nats away/);
  });
});

test("something that accepts but never speaks is no server, and the connect ends in time", async () => {
  const mute = createServer().listen(0, "127.0.0.1");
  await once(mute, "listening");
  const address = mute.address();
  const port = typeof address === "object" ? address?.port : undefined;
  await expect(natsBus({ url: `nats://127.0.0.1:${port}`, connectTimeoutMs: 100 })).rejects.toMatchObject({
    code: "NO_SERVER",
  });
  mute.close();
});
