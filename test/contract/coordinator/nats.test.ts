import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { systemClock } from "../../../actors/runtime/clock.ts";
import type { Bus } from "../../../coordination/bus/bus.ts";
import { memoryBus } from "../../../coordination/bus/memory.ts";
import { natsBus } from "../../../coordination/bus/nats.ts";
import { openGroup } from "../../../coordination/coordinator/group.ts";
import type { EntryCommitted } from "../../../coordination/protocol/decision-messages.ts";
import { memoryRaftStore } from "../../../coordination/raft/store-memory.ts";
import { hasNatsServer, startNatsServer, type NatsServer } from "../../support/nats-server.ts";

type Told = { readonly id: string; readonly commit: EntryCommitted };

/** Proposes `count` entries over a bus; `disturb` is called once half of them are committed. */
const proposed = async (bus: Bus, count: number, disturb: (kill: (node: number) => void) => unknown) => {
  const told: Told[] = [];
  const group = await new Promise<ReturnType<typeof openGroup>>((resolve, reject) => {
    const opened = openGroup({
      group: "run.with dots",
      replicas: 3,
      seed: 7,
      store: memoryRaftStore,
      bus,
      clock: systemClock(),
      opening: "first",
      recorded: 0,
      committed: (id, commit) => {
        told.push({ id, commit });
        if (told.length === count / 2) {
          disturb(opened.kill);
          for (let at = count / 2; at < count; at += 1) opened.propose(`p${at}`, entry, commit.index);
        }
        if (told.length === count) resolve(opened);
      },
      broken: reject,
    });
    for (let at = 0; at < count / 2; at += 1) opened.propose(`p${at}`, entry, 0);
  });
  group.close();
  return told;
};

const entry = { type: "decision.closed", decision: "d", reason: "deadline" } as const;

/** Holds the process while timers wait, which by themselves would not. */
const awake = setInterval(() => undefined, 1000);
afterAll(() => clearInterval(awake));

const inOrder = (told: readonly Told[], count: number): void => {
  expect(told.map(({ id }) => id)).toEqual(Array.from({ length: count }, (_, at) => `p${at}`));
  const places = told.map(({ commit }) => commit.index);
  expect(places).toEqual([...new Set(places)].sort((a, b) => a - b));
};

test("over the bus inside a process, the death of the leader loses and repeats nothing", async () => {
  inOrder(await proposed(memoryBus(), 200, (kill) => kill(1)), 200);
});

describe.skipIf(!hasNatsServer())("over a NATS server", () => {
  let server: NatsServer;
  beforeAll(async () => {
    server = await startNatsServer();
  });
  afterAll(() => server.stop());

  test("the death of the leader loses and repeats nothing", async () => {
    const bus = await natsBus({ url: server.url, name: "test" });
    inOrder(await proposed(bus, 200, (kill) => kill(1)), 200);
    await bus.close();
  });

  test("kill -9 and restart of the server lose and repeat nothing", async () => {
    const bus = await natsBus({ url: server.url, name: "test" });
    bus.onStatus(() => undefined);
    let restarted: Promise<void> | undefined;
    const told = await proposed(bus, 200, () => (restarted = server.kill().then(() => server.restart())));
    await restarted;
    inOrder(told, 200);
    await bus.close();
  });
});
