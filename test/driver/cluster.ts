import type { RaftInput } from "../../coordination/raft/io.ts";
import {
  defaultRaftOptions,
  type Entry,
  type NodeId,
  type RaftOptions,
} from "../../coordination/raft/types.ts";
import { payloadOf } from "./data.ts";
import { diskOf } from "./disk.ts";
import { createNetwork, type Choice, type Posted } from "./network.ts";
import { nodesMax } from "./ops.ts";
import { Refusal } from "./refusal.ts";
import { createReplica, type Replica, type Surroundings } from "./replica.ts";

export type StoredNode = {
  readonly term?: number | undefined;
  readonly vote?: NodeId | null | undefined;
  /** Each entry by its term, with its data if that matters. */
  readonly log?: readonly (number | readonly [number, unknown])[] | undefined;
};

export type ClusterPlan = {
  readonly nodes: readonly NodeId[];
  readonly learners: readonly NodeId[];
  readonly seed: number;
  readonly options: Partial<RaftOptions>;
  readonly stored: ReadonlyMap<NodeId, StoredNode>;
};

/** Nodes, their disks and the wire between them. Nothing happens by itself: no time passes and no message moves. */
export type Cluster = ReturnType<typeof createCluster>;

export const createCluster = (
  { nodes, learners, seed, options, stored }: ClusterPlan,
  surroundings: Omit<Surroundings, "post">,
) => {
  const network = createNetwork();
  // An entry says that a majority voted in its term. Nodes that knew nothing of that could elect another leader in it.
  const newest = newestTermIn([...stored.values()]);
  const replicas = new Map<NodeId, Replica>();
  const post = (id: number, message: Posted["message"]): void => network.post({ id, message });

  const add = (id: NodeId, first: { voters: readonly NodeId[]; learners: readonly NodeId[] }): Replica => {
    const disk = diskOf(storedFrom(stored.get(id) ?? {}, [...nodes, ...learners].includes(id) ? newest : 0));
    const replica = createReplica({ id, seed, options, ...first }, disk, { ...surroundings, post });
    replicas.set(id, replica);
    return replica;
  };
  const founders = [...nodes, ...learners]
    .sort((a, b) => a - b)
    .map((id) => add(id, { voters: nodes, learners }));
  // Where one cannot start, none must have: a trace would tell of a cluster that never was.
  for (const founder of founders) founder.shown();
  for (const founder of founders) founder.start();

  const all = (): readonly Replica[] => [...replicas.values()].sort((a, b) => a.id - b.id);
  const running = (): readonly Replica[] => all().filter((one) => one.state() !== null && !one.isPaused());

  const known = (id: NodeId): Replica => {
    const replica = replicas.get(id);
    if (replica === undefined)
      throw new Refusal(`there is no node ${id}; there are ${list([...replicas.keys()])}`);
    return replica;
  };

  const up = (id: NodeId): Replica => {
    const replica = known(id);
    if (replica.state() === null) throw new Refusal(`node ${id} is down`);
    if (replica.isPaused()) throw new Refusal(`node ${id} is paused`);
    return replica;
  };

  const talk = (one: NodeId, other: NodeId): boolean =>
    network.reaches(one, other) && network.reaches(other, one);

  /** Whether a node has lost the leader that it believes in, so that in real time its belief would have lapsed. */
  const hasLostLeader = (replica: Replica): boolean => {
    const state = replica.state();
    if (state === null || state.leader === null || state.leader === replica.id) return false;
    const leader = replicas.get(state.leader);
    const its = leader?.state() ?? null;
    return (
      leader === undefined ||
      its === null ||
      leader.isPaused() ||
      its.role !== "leader" ||
      its.term !== state.term ||
      !talk(replica.id, leader.id)
    );
  };

  /** Time passes at a node until it holds nobody for its leader any more; no election timeout is as short. */
  const lapse = (replica: Replica): void => {
    const ticks = { ...defaultRaftOptions, ...options }.electionTicks;
    for (let elapsed = replica.state()?.electionElapsed ?? ticks; elapsed < ticks; elapsed += 1)
      replica.take({ type: "tick" });
  };

  /** Takes a message off the wire, and gives it to its receiver if the wire leads there. */
  const deliverOne = ({ id, message }: Posted): "delivered" | "dropped" => {
    network.take(id);
    const receiver = replicas.get(message.to);
    if (receiver === undefined || receiver.state() === null || !network.reaches(message.from, message.to))
      return "dropped";
    receiver.take({ type: "message", message }, id);
    return "delivered";
  };

  const chosen = (choice: Choice): readonly Posted[] => {
    const found = network.chosenBy(choice);
    const there = new Set(found.map(({ id }) => id));
    const missing = choice.message?.find((id) => !there.has(id));
    if (missing !== undefined) throw new Refusal(`there is no message ${missing} on the wire`);
    if (found.length === 0) throw new Refusal("no message on the wire fits");
    return found;
  };

  return {
    network,
    all,
    known,
    up,
    chosen,
    /** The node that leads the newest term, for a request that names no node. */
    leader: (): NodeId => {
      const leaders = running().flatMap((one) => {
        const state = one.state();
        return state?.role === "leader" ? [{ id: one.id, term: state.term }] : [];
      });
      const newest = leaders.sort((a, b) => b.term - a.term)[0];
      if (newest === undefined) throw new Refusal("no node leads, so name the node");
      return newest.id;
    },
    /** Every reply shows all nodes, so there cannot be any number of them. */
    checkRoom: (ids: readonly NodeId[]): void => {
      if (new Set([...replicas.keys(), ...ids]).size > nodesMax)
        throw new Refusal(`there can be at most ${nodesMax} nodes`);
    },
    /** Starts nodes that do not exist yet, with an empty disk and without anybody who votes. */
    addMissing: (ids: readonly NodeId[]): void => {
      for (const id of ids) if (!replicas.has(id)) add(id, { voters: [], learners: [] }).start();
    },
    take: (id: NodeId, input: RaftInput): void => up(id).take(input),
    tick: (id: NodeId | undefined, count: number): void => {
      const which = id === undefined ? undefined : up(id);
      const most = Math.floor(ticksTimesPairsMax / running().length ** 2);
      if (which === undefined && count > most)
        throw new Refusal(`tick: at most ${most} at once with so many nodes`);
      for (let done = 0; done < count; done += 1)
        for (const replica of which === undefined ? running() : [which]) replica.take({ type: "tick" });
    },
    campaign: (id: NodeId): void => {
      const candidate = up(id);
      for (const other of running()) if (other.id !== id && hasLostLeader(other)) lapse(other);
      candidate.take({ type: "campaign" });
    },
    crash: (id: NodeId): void => {
      const replica = known(id);
      if (replica.state() === null) throw new Refusal(`node ${id} is down already`);
      replica.crash();
    },
    restart: (id: NodeId): void => {
      const replica = known(id);
      if (replica.state() !== null) throw new Refusal(`node ${id} is up already`);
      replica.start();
    },
    pause: (id: NodeId): void => up(id).pause(),
    resume: (id: NodeId): void => {
      const replica = known(id);
      if (!replica.isPaused()) throw new Refusal(`node ${id} is not paused`);
      replica.resume();
    },
    duplicate: (choice: Choice): readonly number[] => {
      const found = chosen(choice);
      if (network.messages().length + found.length > copiesMax)
        throw new Refusal(`duplicate: not beyond ${copiesMax} messages on the wire`);
      return found.map(({ message }) => {
        const id = surroundings.numberMessage();
        network.post({ id, message });
        return id;
      });
    },
    deliver: (choice: Choice): { delivered: readonly number[]; dropped: readonly number[] } => {
      const found = chosen(choice);
      for (const { message } of found) if (replicas.get(message.to)?.isPaused() === true) up(message.to);
      const ends = found.map((posted) => ({ id: posted.id, end: deliverOne(posted) }));
      const ended = (how: string) => ends.filter(({ end }) => end === how).map(({ id }) => id);
      return { delivered: ended("delivered"), dropped: ended("dropped") };
    },
    /** Delivers, oldest first, until nothing is left but exceptions and what is for paused nodes, or until the limit. */
    run: ({ limit, except }: { limit: number; except: readonly number[] }) => {
      const count = { delivered: 0, dropped: 0 };
      const kept = new Set(except);
      const next = () =>
        network.first(({ id, message }) => replicas.get(message.to)?.isPaused() !== true && !kept.has(id));
      let posted = next();
      for (; posted !== undefined && count.delivered + count.dropped < limit; posted = next())
        count[deliverOne(posted)] += 1;
      return { ...count, quiet: posted === undefined };
    },
  };
};

/** Each node may send something to each other at each tick, and a reply shows it all. */
const ticksTimesPairsMax = 1_000_000;

const copiesMax = 100_000;

const newestTermIn = (all: readonly StoredNode[]): number =>
  all
    .flatMap(({ log = [] }) => log)
    .reduce<number>((most, entry) => Math.max(most, typeof entry === "number" ? entry : entry[0]), 0);

/** What a disk holds; `newest` is the term where none is told. */
const storedFrom = ({ term, vote, log = [] }: StoredNode, newest: number) => {
  const entries = log.map((given, at): Entry => {
    const [entryTerm, data] = typeof given === "number" ? [given, `${given}.${at + 1}`] : given;
    return { index: at + 1, term: entryTerm, payload: payloadOf(data, `stored ${at + 1}`) };
  });
  const last = entries.at(-1)?.term ?? 0;
  if (entries.some((entry, at) => entry.term < (entries[at - 1]?.term ?? 0)))
    throw new Refusal("the terms of a stored log must not fall");
  if ((term ?? newest) < last) throw new Refusal("a stored term is not below that of the last entry");
  return { hardState: { term: term ?? newest, vote: vote ?? null }, entries };
};

const list = (ids: readonly NodeId[]): string => ids.join(", ");
