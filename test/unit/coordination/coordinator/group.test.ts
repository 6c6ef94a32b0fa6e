import { expect, test } from "vitest";
import { memoryBus } from "../../../../coordination/bus/memory.ts";
import type { Bus } from "../../../../coordination/bus/bus.ts";
import { openGroup, type Group } from "../../../../coordination/coordinator/group.ts";
import type { Entry, EntryCommitted } from "../../../../coordination/protocol/decision-messages.ts";
import { memoryRaftStore } from "../../../../coordination/raft/store-memory.ts";
import type { RaftStore } from "../../../../coordination/raft/store.ts";
import type { RaftOptions } from "../../../../coordination/raft/types.ts";
import { SimulatedClock } from "../../../simulation/clock.ts";
import { Random } from "../../../simulation/random.ts";

const ballot = (voter: string, reason = ""): Entry => ({
  type: "ballot.cast",
  decision: "d",
  voter,
  option: "yes",
  reason,
});

type Told = { readonly id: string; readonly commit: EntryCommitted };

const world = (replicas: number, options: Partial<RaftOptions> = {}) => {
  const clock = new SimulatedClock(new Random(1));
  const store = memoryRaftStore();
  const told: Told[] = [];
  const failures: unknown[] = [];
  const open = (opening: string, recorded = 0, disk: RaftStore = store, bus: Bus = memoryBus()): Group =>
    openGroup({
      group: "g",
      replicas,
      seed: 1,
      options,
      store: () => disk,
      bus,
      clock,
      opening,
      recorded,
      committed: (id, commit) => void told.push({ id, commit }),
      broken: (error) => void failures.push(error),
    });
  /** Lets time pass until `done`; a group that never gets there fails the test by its bound. */
  const until = async (done: () => boolean): Promise<void> => {
    for (let steps = 0; steps < 20_000 && !done(); steps += 1) {
      await new Promise((resolve) => void setImmediate(resolve));
      clock.step();
    }
    expect(done()).toBe(true);
  };
  return { open, told, failures, until, clock, store };
};

const ids = (told: readonly Told[]): readonly string[] => told.map(({ id }) => id);

test.each([1, 2, 3, 5, 7])(
  "%i replicas commit every entry once, in order, and say who led",
  async (replicas) => {
    const { open, told, until } = world(replicas);
    const group = open("first");
    for (let at = 0; at < 40; at += 1) group.propose(`p${at}`, ballot(`v${at}`), 0);
    await until(() => told.length >= 40);
    expect(ids(told)).toEqual(Array.from({ length: 40 }, (_, at) => `p${at}`));
    const indexes = told.map(({ commit }) => commit.index);
    expect(indexes).toEqual(indexes.toSorted((a, b) => a - b));
    expect(new Set(indexes).size).toBe(40);
    expect(told[0]?.commit).toMatchObject({ type: "entry.committed", term: 1, leader: 1 });
  },
);

test("the death of the leader between two entries loses and repeats nothing", async () => {
  const { open, told, until } = world(3);
  const group = open("first");
  group.propose("p0", ballot("a"), 0);
  await until(() => told.length === 1);
  group.propose("p1", ballot("b"), 0);
  group.kill(group.leader() ?? 0);
  expect(group.leader()).toBeUndefined();
  group.propose("p2", ballot("c"), 0);
  await until(() => told.length >= 3);
  expect(ids(told).toSorted()).toEqual(["p0", "p1", "p2"]);
  expect(told[2]?.commit.leader).not.toBe(1);
});

test("two of five may die", async () => {
  const { open, told, until } = world(5);
  const group = open("first");
  group.propose("p0", ballot("a"), 0);
  await until(() => told.length === 1);
  group.kill(1);
  group.kill(2);
  group.propose("p1", ballot("b"), 0);
  await until(() => told.length >= 2);
  expect(ids(told)).toEqual(["p0", "p1"]);
});

test("a process that takes over is told what the rows lack, at the same places, and repeats nothing", async () => {
  const { open, told, until } = world(3);
  const first = open("first");
  for (const id of ["p0", "p1", "p2"]) first.propose(id, ballot(id), 0);
  await until(() => told.length === 3);
  const before = [...told];
  first.close();
  told.length = 0;
  const second = open("second", before[0]?.commit.index);
  for (const id of ["p1", "p2", "p3"]) second.propose(id, ballot(id), before[0]?.commit.index ?? 0);
  await until(() => told.length >= 3);
  expect(told.slice(0, 2)).toEqual(before.slice(1));
  expect(ids(told)).toEqual(["p1", "p2", "p3"]);
});

test("what a process that takes over was told is not ordered anew where it proposes that later", async () => {
  const { open, told, until } = world(3);
  const first = open("first");
  for (const id of ["p0", "p1"]) first.propose(id, ballot(id), 0);
  await until(() => told.length === 2);
  const [p0, p1] = told;
  first.close();
  told.length = 0;
  const recorded = p0?.commit.index ?? 0;
  const second = open("second", recorded);
  second.propose("p2", ballot("p2"), recorded);
  await until(() => told.length === 2);
  for (const id of ["p1", "p2", "p3"]) second.propose(id, ballot(id), recorded);
  await until(() => ids(told).includes("p3"));
  expect(told[0]).toEqual(p1);
  expect(ids(told)).toEqual(["p1", "p2", "p3"]);
});

test("logs are cut behind snapshots, and a process that starts from them repeats nothing", async () => {
  const { open, told, until } = world(3, { snapshotEvery: 10, trailingEntries: 2 });
  const first = open("first");
  for (let at = 0; at < 60; at += 1) {
    first.propose(`p${at}`, ballot("v"), told.at(-2)?.commit.index ?? 0);
    await until(() => told.length === at + 1);
  }
  const last = told.at(-1);
  first.close();
  told.length = 0;
  const second = open("second", (last?.commit.index ?? 0) - 1);
  second.propose("p59", ballot("v"), 0);
  second.propose("p60", ballot("v"), 0);
  await until(() => told.length >= 2);
  expect(told[0]).toEqual(last);
  expect(ids(told)).toEqual(["p59", "p60"]);
});

test("an entry that is too long ends the group with what to do, and nothing is half done", async () => {
  const { open, told, failures, until } = world(3, { commandCharsMax: 1000 });
  open("first").propose("p0", ballot("a", "x".repeat(2000)), 0);
  await until(() => failures.length > 0);
  expect(failures).toMatchObject([{ code: "ENTRY_TOO_LARGE", message: expect.stringContaining("p0") }]);
  expect(told).toEqual([]);
});

test("of entries that are handed over together the one that is too long is named, once", async () => {
  const { open, failures, until } = world(3, { commandCharsMax: 1000 });
  const group = open("first");
  group.propose("short", ballot("a"), 0);
  group.propose("long", ballot("b", "x".repeat(2000)), 0);
  await until(() => failures.length > 0);
  expect(failures).toMatchObject([
    { code: "ENTRY_TOO_LARGE", message: expect.stringContaining("takes: long;") },
  ]);
});

test("replicas that know less than the rows are refused, and nothing is ordered twice", async () => {
  const { open, failures, until, told } = world(3);
  open("second", 9).propose("p0", ballot("a"), 9);
  await until(() => failures.length > 0);
  const advice =
    /only up to 0: their folder raft\/g was moved, .* older copy, which has forgotten votes\. .*put that very folder back.*\(swarm show g\)/;
  expect(failures).toMatchObject([{ code: "LOG_CORRUPT", message: expect.stringMatching(advice) }]);
  expect(told).toEqual([]);
});

test("a disk that fails ends the group with its error", async () => {
  const { open, failures, until } = world(3);
  const disk = {
    ...memoryRaftStore(),
    write: () => {
      throw new Error("no space left");
    },
  };
  open("first", 0, disk).propose("p0", ballot("a"), 0);
  await until(() => failures.length > 0);
  expect(failures).toMatchObject([{ message: "no space left" }]);
});

test("nothing is told before it is on disk", async () => {
  const { open, failures, told, until, store } = world(1);
  const disk: RaftStore = {
    ...store,
    write: (writes) => {
      const holdsEntry = writes.some(({ write }) =>
        write.entries.some(({ payload }) => payload.type === "command"),
      );
      if (holdsEntry && told.length + failures.length === 0 && opened) throw new Error("no space left");
      opened ||= holdsEntry;
      store.write(writes);
    },
  };
  let opened = false;
  open("first", 0, disk).propose("p0", ballot("a"), 0);
  await until(() => failures.length > 0);
  expect(told).toEqual([]);
});

test("what a leader took with it into its death is handed to the next", async () => {
  const { told, until, open } = world(3);
  const inner = memoryBus();
  let isCut = false;
  const bus: Bus = {
    publish: (...message) => (isCut ? undefined : inner.publish(...message)),
    subscribe: (...wish) => inner.subscribe(...wish),
    request: (...question) => inner.request(...question),
    flush: () => inner.flush(),
    drain: () => inner.drain(),
    close: () => inner.close(),
    onStatus: (listener) => inner.onStatus(listener),
  };
  const group = open("first", 0, undefined, bus);
  group.propose("p0", ballot("a"), 0);
  await until(() => told.length === 1);
  isCut = true;
  group.propose("p1", ballot("b"), 0);
  for (let turns = 0; turns < 5; turns += 1) await Promise.resolve();
  group.kill(group.leader() ?? 0);
  isCut = false;
  await until(() => told.length === 2);
  expect(ids(told)).toEqual(["p0", "p1"]);
});

test("what a leader turns away is handed to it again", async () => {
  const { told, until, open } = world(3, { uncommittedCharsMax: 600 });
  const group = open("first");
  group.propose("p0", ballot("a"), 0);
  await until(() => told.length === 1);
  for (let at = 1; at <= 6; at += 1) {
    group.propose(`p${at}`, ballot(`v${at}`, "x".repeat(200)), 0);
    for (let turns = 0; turns < 5; turns += 1) await Promise.resolve();
  }
  await until(() => told.length === 7);
  expect(new Set(ids(told)).size).toBe(7);
});

test("a group that is closed leaves nothing behind on the bus, nor with those who watch", async () => {
  const { told, until, clock, store } = world(3);
  const open = new Set<object>();
  const inner = memoryBus();
  const bus: Bus = {
    publish: (...message) => inner.publish(...message),
    subscribe: (...wish) => {
      const subscription = inner.subscribe(...wish);
      open.add(subscription);
      return {
        ...subscription,
        unsubscribe: () => {
          open.delete(subscription);
          return subscription.unsubscribe();
        },
      };
    },
    request: (...question) => inner.request(...question),
    flush: () => inner.flush(),
    drain: () => inner.drain(),
    close: () => inner.close(),
    onStatus: (listener) => inner.onStatus(listener),
  };
  const watch = (gauge: object) => {
    open.add(gauge);
    return () => void open.delete(gauge);
  };
  const group = openGroup({
    group: "g",
    replicas: 3,
    seed: 1,
    store: () => store,
    bus,
    clock,
    opening: "first",
    recorded: 0,
    committed: (id, commit) => void told.push({ id, commit }),
    broken: (error) => expect.fail(String(error)),
    diagnostics: { tell: () => undefined, watch },
  });
  group.propose("p0", ballot("a"), 0);
  await until(() => told.length === 1);
  expect(open.size).toBe(4);
  group.close();
  expect(open.size).toBe(0);
});

test("a group that nobody waits for is silent", async () => {
  const { open, told, until, clock } = world(3);
  open("first").propose("p0", ballot("a"), 0);
  await until(() => told.length === 1);
  let steps = 0;
  while (clock.step() && steps < 100) {
    await new Promise((resolve) => void setImmediate(resolve));
    steps += 1;
  }
  expect(steps).toBeLessThan(100);
});
