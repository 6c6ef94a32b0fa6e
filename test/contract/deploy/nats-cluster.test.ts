import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "nats";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Bus } from "../../../coordination/bus/bus.ts";
import { natsBus } from "../../../coordination/bus/nats.ts";
import { freePorts } from "../../support/free-ports.ts";
import { hasNatsServer } from "../../support/nats-server.ts";
import { eventually, startProgram, type RunningProgram } from "../../support/program.ts";

const passwords = {
  NATS_PASSWORD: "run%20s",
  NATS_CLUSTER_PASSWORD: "between",
  NATS_ADMIN_PASSWORD: "operates",
};

describe.skipIf(!hasNatsServer())("three servers of the configuration that is deployed", () => {
  const servers: RunningProgram[] = [];
  const folder = mkdtempSync(join(tmpdir(), "swarm-cluster-"));
  let clients: readonly number[] = [];
  const openings: Bus[] = [];
  const open = async (user: string, password: string, server: number): Promise<Bus> => {
    const bus = await natsBus({ url: `nats://${user}:${password}@127.0.0.1:${clients[server] ?? 0}` });
    bus.onStatus(() => undefined);
    openings.push(bus);
    return bus;
  };

  beforeAll(async () => {
    const ports = await freePorts(9);
    const [routes, watches] = [ports.slice(0, 3), ports.slice(3, 6)];
    clients = ports.slice(6);
    // The same words as in the compose file, but for addresses: here all three are one machine.
    for (const [index, port] of clients.entries()) {
      const others = routes.filter((_, other) => other !== index);
      const words = [
        "--config=deploy/nats/nats.conf",
        `--name=nats-${index + 1}`,
        `--routes=${others.map((route) => `nats-route://cluster:between@127.0.0.1:${route}`).join(",")}`,
        `--cluster=nats://cluster:between@127.0.0.1:${routes[index] ?? 0}`,
        "--addr=127.0.0.1",
        `--port=${port}`,
        `--http_port=${watches[index] ?? 0}`,
      ];
      const env = { ...process.env, ...passwords, NATS_STORE: join(folder, String(index)) };
      servers.push(startProgram("nats-server", words, { env }));
    }
    for (const [index, port] of watches.entries())
      await eventually(
        `the cluster around server ${index + 1}`,
        async () => {
          const routez = (await (await fetch(`http://127.0.0.1:${port}/routez`)).json()) as {
            num_routes: number;
          };
          const healthz = await fetch(`http://127.0.0.1:${port}/healthz`);
          return routez.num_routes >= 2 && healthz.ok ? true : undefined;
        },
        servers[index],
      );
  });

  afterAll(async () => {
    for (const bus of openings) await bus.close();
    for (const server of servers) await server.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test("carry what one client says to another on another server", async () => {
    const [one, two] = [await open("swarm", "run%2520s", 0), await open("swarm", "run%2520s", 2)];
    two.subscribe("swarm.r.to.a", ({ data, reply }) => two.publish(reply ?? "", { heard: data }));
    await two.flush();
    // Servers tell each other who listens; until then nobody answers.
    const answer = await eventually("the way to the other server", () =>
      one.request("swarm.r.to.a", "hello", { timeoutMs: 1000 }),
    );
    expect(answer.data).toEqual({ heard: "hello" });
  });

  test("refuse a wrong password, and no password", async () => {
    await expect(open("swarm", "wrong", 1)).rejects.toThrow("refuses the credentials");
    await expect(natsBus({ url: `nats://127.0.0.1:${clients[1] ?? 0}` })).rejects.toThrow(
      "refuses the credentials",
    );
  });

  test("let runs speak on their own subjects only", async () => {
    const bus = await natsBus({ url: `nats://swarm:run%2520s@127.0.0.1:${clients[0] ?? 0}` });
    openings.push(bus);
    const denied = new Promise((resolve) => bus.onStatus(resolve));
    bus.publish("elsewhere", {});
    expect(await denied).toMatchObject({ type: "error", subject: "elsewhere" });
  });

  test("keep a stream on all three", async () => {
    const client = await connect({
      servers: `127.0.0.1:${clients[0] ?? 0}`,
      user: "operator",
      pass: "operates",
    });
    const manager = await client.jetstreamManager();
    const stream = await eventually("a leader of streams", () =>
      manager.streams.add({ name: "kept", subjects: ["kept.>"], num_replicas: 3 }),
    );
    expect(stream.config.num_replicas).toBe(3);
    await client.jetstream().publish("kept.one");
    expect((await manager.streams.info("kept")).state.messages).toBe(1);
    await client.close();
  });
});
