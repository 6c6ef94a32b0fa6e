import { expect, test } from "vitest";
import { memoryBus } from "../../../../coordination/bus/memory.ts";
import type { Bus } from "../../../../coordination/bus/bus.ts";
import { openGroup, type Group, type GroupClock } from "../../../../coordination/coordinator/group.ts";
import type { Entry } from "../../../../coordination/protocol/decision-messages.ts";
import type { RaftMessage } from "../../../../coordination/raft/message.ts";
import { memoryRaftStore } from "../../../../coordination/raft/store-memory.ts";
import { SimulatedClock } from "../../../simulation/clock.ts";
import { Random } from "../../../simulation/random.ts";

const ballot = (voter: string): Entry => ({ type: "ballot.cast", decision: "d", voter, option: "yes" });

type Told = { readonly id: string; readonly index: number };

/** Three replicas. A message is lost where `isLost` says so, and each write takes `diskMs`. */
const world = (diskMs = 0) => {
  const clock = new SimulatedClock(new Random(1));
  const store = memoryRaftStore();
  const inner = memoryBus();
  const told: Told[] = [];
  const network = { isLost: (message: RaftMessage): boolean => message.from === message.to };
  const bus: Bus = {
    publish: (subject, data) => {
      const left = (data as readonly RaftMessage[]).filter((message) => !network.isLost(message));
      if (left.length > 0) inner.publish(subject, left);
    },
    subscribe: (...wish) => inner.subscribe(...wish),
    request: (...question) => inner.request(...question),
    flush: () => inner.flush(),
    drain: () => inner.drain(),
    close: () => inner.close(),
    onStatus: (listener) => inner.onStatus(listener),
  };
  const slow: GroupClock = { after: (ms, fire) => clock.after(ms === 0 ? diskMs : ms, fire) };
  const open = (opening: string, recorded = 0): Group =>
    openGroup({
      group: "g",
      replicas: 3,
      seed: 1,
      store: () => store,
      bus,
      clock: slow,
      opening,
      recorded,
      committed: (id, { index }) => void told.push({ id, index }),
      broken: (error) => void told.push({ id: String(error), index: 0 }),
    });
  const until = async (done: () => boolean): Promise<void> => {
    for (let steps = 0; steps < 20_000 && !done(); steps += 1) {
      await new Promise((resolve) => void setImmediate(resolve));
      clock.step();
    }
    expect(done()).toBe(true);
  };
  return { open, told, until, store, network };
};

const ids = (told: readonly Told[]): readonly string[] => told.map(({ id }) => id);

test("a leader that nobody hears any more is handed nothing once there is another", async () => {
  for (let before = 0; before < 10; before += 1) {
    const { open, told, until, network } = world();
    const group = open("first");
    for (let at = 0; at <= before; at += 1) {
      group.propose(`p${at}`, ballot("a"), 0);
      await until(() => told.length === at + 1);
    }
    const deaf = group.leader();
    network.isLost = ({ from, to }) => from === deaf || to === deaf;
    group.propose("last", ballot("b"), 0);
    await until(() => group.leader() !== deaf);
    group.propose("more", ballot("c"), 0);
    await until(() => told.length === before + 3);
    expect(ids(told).slice(-2).toSorted()).toEqual(["last", "more"]);
  }
});

test("a replica that lags behind the rows keeps no run from going on", async () => {
  const { open, told, until } = world();
  const first = open("first");
  first.propose("p0", ballot("a"), 0);
  await until(() => told.length === 1);
  first.kill(3);
  for (const id of ["p1", "p2", "p3"]) first.propose(id, ballot(id), 0);
  await until(() => told.length === 4);
  first.close();
  const second = open("second", told.at(-1)?.index);
  second.propose("p4", ballot("b"), 0);
  await until(() => told.length === 5);
  expect(ids(told)).toEqual(["p0", "p1", "p2", "p3", "p4"]);
});

test("while commands are committed the time is too", async () => {
  const { open, told, until, store } = world(60);
  const group = open("first");
  const times = (): readonly string[] =>
    store
      .load(1)
      .entries.flatMap(({ payload }) =>
        payload.type === "command" && payload.id === "time" ? [payload.data] : [],
      );
  for (let at = 0; at < 1_000 && times().length === 0; at += 1) {
    group.propose(`p${at}`, ballot("a"), told.at(-1)?.index ?? 0);
    await until(() => told.length === at + 1);
  }
  expect(times()).toEqual([JSON.stringify({ type: "time.advanced", tick: 1024 })]);
});
