import { fork, spawn } from "node:child_process";
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { Agent, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { natsBus } from "../../coordination/bus/nats.ts";
import type { Bus } from "../../coordination/bus/bus.ts";
import { measure, type Call, type Round } from "./raft-nats/load.ts";
import { runReplica } from "./raft-nats/replica.ts";
import { freePorts } from "../support/free-ports.ts";
import { startNatsServer } from "../support/nats-server.ts";

/**
 * A durable commit of three replicas in three processes over a NATS server on loopback: proposed where the leader is, as a
 * run does it, and asked for by a client elsewhere, which adds a request and its reply over NATS. Beside them etcd's three nodes
 * (where the program `etcd` is installed; through its v2 HTTP interface), a NATS request and reply, and fdatasync, all in one run.
 * Usage: npm run bench -- raft-nats [FOLDER ON THE DISK TO MEASURE]
 */
const main = async (): Promise<void> => {
  const dir = mkdtempSync(join(process.argv[2] ?? tmpdir(), "swarm-bench-raft-nats-"));
  const server = await startNatsServer();
  const bus = await natsBus({ url: server.url, name: "bench" });
  const replicas = [1, 2, 3].map((node) =>
    fork(process.argv[1] ?? "", ["replica", String(node), server.url, join(dir, `replica-${node}`)]),
  );
  const lost = new Promise<never>((_, reject) => {
    for (const replica of replicas)
      replica.once("exit", (code) => reject(new Error(`a replica ended with status ${code}`)));
  });
  try {
    await Promise.race([measureAll(bus, dir), lost]);
  } finally {
    for (const replica of replicas) replica.removeAllListeners("exit").kill("SIGKILL");
    await bus.close();
    await server.stop();
    rmSync(dir, { recursive: true, force: true });
  }
};

const measureAll = async (bus: Bus, dir: string): Promise<void> => {
  const etcd = await startEtcd(dir);
  const leader = await leaderOver(bus);
  const from =
    (call: Call) =>
    (clients: number): Promise<Round> =>
      measure(call, clients, ROUND_MS);
  const put: Call = (value) => bus.request(`bench.put.${leader}`, value, { timeoutMs: 5000 });
  const atLeader = async (clients: number): Promise<Round> => {
    const asked = { clients, ms: ROUND_MS };
    const { data } = await bus.request(`bench.run.${leader}`, asked, { timeoutMs: 10 * ROUND_MS });
    return data as Round;
  };
  const contestants = [
    { name: "fdatasync of 2 kB", round: from(syncCall(dir)), clients: [1] },
    { name: "NATS request and reply", round: from(await echoCall(bus)), clients: [1, 64] },
    { name: "swarm, proposed at the leader", round: atLeader, clients: [1, 64] },
    { name: "swarm, asked for over NATS too", round: from(put), clients: [1, 64] },
    ...(etcd === undefined ? [] : [{ name: "etcd, three nodes", round: from(etcd), clients: [1, 64] }]),
  ];
  // Many first: they warm the processes up, as a service that has run for a while is.
  for (const clients of [64, 1]) await race(contestants, clients);
};

const ROUNDS = 7;
const ROUND_MS = 1000;
const ETCD_START_MS = 60_000;

type Contestant = {
  readonly name: string;
  readonly round: (clients: number) => Promise<Round>;
  readonly clients: readonly number[];
};

/** All take turns in each round, so that they meet the same disk and the same neighbours. */
const race = async (contestants: readonly Contestant[], clients: number): Promise<void> => {
  const taking = contestants.filter((contestant) => contestant.clients.includes(clients));
  const results = new Map(taking.map(({ name }) => [name, [] as Round[]]));
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (const { name, round: run } of taking) {
      const result = await run(clients);
      // The first round warms up.
      if (round > 0) results.get(name)?.push(result);
    }
  }
  for (const [name, rounds] of results) {
    const of = (pick: (round: Round) => number): number => median(rounds.map(pick));
    const line = `p50 ${of(({ p50 }) => p50).toFixed(2)} ms, p99 ${of(({ p99 }) => p99).toFixed(2)} ms, ${of(({ perSecond }) => perSecond).toFixed(0)}/s`;
    console.log(
      `${String(clients).padStart(2)} client${clients === 1 ? " " : "s"}  ${name.padEnd(34)} ${line}`,
    );
  }
};

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

const syncCall = (dir: string): Call => {
  const file = openSync(join(dir, "raw"), "a");
  process.once("exit", () => closeSync(file));
  return (value) => {
    writeSync(file, value.repeat(20));
    fdatasyncSync(file);
    return Promise.resolve();
  };
};

const echoCall = async (bus: Bus): Promise<Call> => {
  bus.subscribe("bench.echo", ({ data, reply }) => {
    if (reply !== undefined) bus.publish(reply, data);
  });
  await bus.flush();
  return (value) => bus.request("bench.echo", value, { timeoutMs: 5000 });
};

/** Which replica leads. */
const leaderOver = async (bus: Bus): Promise<string> =>
  new Promise((resolve) => bus.subscribe("bench.leader", ({ data }) => resolve(String(data))));

/** A put, or nothing where etcd is not installed. */
const startEtcd = async (dir: string): Promise<Call | undefined> => {
  const ports = await freePorts(6);
  const names = ["a", "b", "c"];
  const peers = names.map((name, at) => `${name}=http://127.0.0.1:${ports[at]}`).join(",");
  for (const [at, name] of names.entries()) {
    const peer = `http://127.0.0.1:${ports[at]}`;
    const client = `http://127.0.0.1:${ports[at + 3]}`;
    const words = [
      "--name",
      name,
      "--data-dir",
      join(dir, `etcd-${name}`),
      "--enable-v2",
      "--log-level",
      "error",
    ];
    words.push("--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer);
    words.push("--listen-client-urls", client, "--advertise-client-urls", client, "--initial-cluster", peers);
    const node = spawn("etcd", words, { stdio: "ignore" });
    process.once("exit", () => node.kill("SIGKILL"));
    const started = await new Promise<boolean>((resolve) => {
      node.once("error", () => resolve(false));
      node.once("spawn", () => resolve(true));
    });
    if (!started) {
      console.log("etcd is not installed: measured without it");
      return undefined;
    }
  }
  const agent = new Agent({ keepAlive: true, maxSockets: 256 });
  const port = await leaderOf(ports.slice(3), agent);
  let count = 0;
  return (value) => httpCall(agent, port, "PUT", `/v2/keys/k${(count += 1) % 100}`, `value=${value}`);
};

/** The client port of the node that leads: a client of a follower would pay for one more way. */
const leaderOf = async (ports: readonly number[], agent: Agent): Promise<number> => {
  const deadline = performance.now() + ETCD_START_MS;
  while (performance.now() < deadline) {
    for (const port of ports) {
      const text = await httpCall(agent, port, "GET", "/v2/stats/self", "").catch(() => "");
      if (text.includes('"state":"StateLeader"')) return port;
    }
  }
  throw new Error(`etcd has no leader after ${ETCD_START_MS} ms; run it by hand to see why`);
};

const httpCall = (agent: Agent, port: number, method: string, path: string, body: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const headers = { "content-type": "application/x-www-form-urlencoded", "content-length": body.length };
    const call = request({ host: "127.0.0.1", port, method, path, agent, headers }, (response) => {
      let text = "";
      response.on("data", (chunk: Buffer) => (text += chunk.toString()));
      response.on("end", () =>
        (response.statusCode ?? 500) < 300 ? resolve(text) : reject(new Error(text)),
      );
    });
    call.on("error", reject);
    call.end(body);
  });

if (process.argv[2] === "replica") {
  const [node = "", url = "", dir = ""] = process.argv.slice(3);
  await runReplica({ node: Number(node), url, dir });
} else {
  await main();
  process.exit(0);
}
