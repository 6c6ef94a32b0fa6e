import type { Bus } from "../bus/bus.ts";
import type { Entry, EntryCommitted } from "../protocol/decision-messages.ts";
import type { Diagnostics } from "../protocol/diagnostics.ts";
import { SwarmError } from "../protocol/errors.ts";
import { runId } from "../protocol/ids.ts";
import { microtask } from "../protocol/microtask.ts";
import { lastIndexOf } from "../raft/log.ts";
import type { NodeWrite, RaftStore } from "../raft/store.ts";
import type { LogIndex, NodeId, RaftOptions, Term } from "../raft/types.ts";
import { openClient, type Proposal } from "./client.ts";
import { commandCodec } from "./command.ts";
import { openReplica, type CommandPayload, type Replica, type ReplicaEvent } from "./replica.ts";
import { applyCommand, type Applied, type Place, type Sessions } from "./sessions.ts";
import { busTransport } from "./transport.ts";
import { watchGroup } from "./watch.ts";

/** The only way in which a group waits; `0` is as soon as other work had its turn. */
export type GroupClock = { after(ms: number, fire: () => void): () => void };

export type GroupDeps = {
  /** Name of the group, for instance a run's id. */
  readonly group: string;
  /** How many replicas, 1 to 7; all live in this process. */
  readonly replicas: number;
  readonly seed: number;
  readonly options?: Partial<RaftOptions>;
  /** Opens what the replicas keep on disk; called when the first entry comes. */
  readonly store: () => RaftStore;
  readonly bus: Bus;
  readonly clock: GroupClock;
  /** Tells this process from earlier ones of the same group. */
  readonly opening: string;
  /** All commits up to here are kept elsewhere, on disk. Later ones are told again. */
  readonly recorded: LogIndex;
  /** An entry has its place. Called in the order of the log, once an index and process. */
  readonly committed: (id: string, commit: EntryCommitted) => void;
  /** The group cannot go on: its disk failed, or a bug. */
  readonly broken: (error: unknown) => void;
  /** Absent: nobody watches. */
  readonly diagnostics?: Diagnostics;
};

/** Length of a tick of replicas in one process: an election takes 10 to 20. */
export const tickMs = 15;

/** Commands that are kept until they are applied, and results for the replicas that apply them later. */
const commandsMax = 256;
const resultsMax = 256;

/** Ticks between two commits of the time, while anything else is committed. */
const timeTicks = 1024;

/**
 * A Raft group whose replicas share a process, a store and a clock. What all of them write in one round of messages is one
 * durable write. It is silent while nobody waits for it.
 */
export const openGroup = (deps: GroupDeps) => {
  const { group, clock, bus } = deps;
  const voters = Array.from({ length: deps.replicas }, (_, at) => at + 1);
  const transport = busTransport(bus, group);
  const replicas: Replica[] = [];
  const watch =
    deps.diagnostics === undefined ? undefined : watchGroup(deps.diagnostics, runId(group), replicas);
  const silences: (() => void)[] = [];
  let writes: NodeWrite[] = [];
  let isWriting = false;
  let isPosting = false;
  let cancelTick: (() => void) | undefined;
  let ticks = 0;
  let isOpen = true;
  let store: RaftStore | undefined;

  const guarded = (work: () => void) => (): void => {
    if (!isOpen) return;
    try {
      work();
    } catch (error) {
      close();
      deps.broken(error);
    }
  };
  const soon = (work: () => void): void => microtask(guarded(work));
  const later = (work: () => void): void => void clock.after(0, guarded(work));

  // By then every replica has got the messages of this round, and their writes share the flush.
  const write = (one: NodeWrite): void => {
    writes.push(one);
    if (isWriting) return;
    isWriting = true;
    later(() => {
      const batch = writes;
      writes = [];
      isWriting = false;
      store?.write(batch);
      for (const { node, write } of batch) replicaOf(node)?.persisted(write.token);
    });
  };

  const post: Parameters<typeof openReplica>[0]["post"] = (message) => {
    transport.post(message);
    watch?.posted(message);
    if (isPosting) return;
    isPosting = true;
    soon(() => {
      isPosting = false;
      transport.flush();
    });
  };

  const leader = (): Replica | undefined => {
    let found: Replica | undefined;
    for (const replica of replicas)
      if (
        replica.alive() &&
        replica.state().role === "leader" &&
        replica.state().term > (found?.state().term ?? 0)
      )
        found = replica;
    return found;
  };
  const replicaOf = (node: NodeId): Replica | undefined => replicas.find((replica) => replica.node === node);

  const codec = commandCodec(commandsMax);
  const send = (proposals: readonly Proposal[]): Term | undefined => {
    const to = leader();
    if (to === undefined) return undefined;
    const { term } = to.state();
    const commands = proposals.map(({ id, command }) => ({ id, data: codec.encode(command) }));
    watch?.handed(proposals);
    to.take({ type: "propose", commands });
    return term;
  };

  const client = openClient({
    client: "run",
    opening: deps.opening,
    recorded: deps.recorded,
    send,
    soon,
    committed: deps.committed,
    broken: (error) => {
      close();
      deps.broken(error);
    },
  });

  // An entry is one object to all replicas over the bus inside a process, and what it meets there too: it is applied once.
  const results = new Map<CommandPayload, { readonly before: Sessions; readonly applied: Applied }>();
  const apply = (before: Sessions, payload: CommandPayload, at: Place): Applied => {
    const known = results.get(payload);
    if (known?.before === before) return known.applied;
    const applied = applyCommand(before, codec.decode(payload.data), at);
    results.set(payload, { before, applied });
    const { value: oldest } = results.keys().next();
    if (results.size > resultsMax && oldest !== undefined) results.delete(oldest);
    return applied;
  };

  const start = (node: NodeId, store: RaftStore): void => {
    const happened = (event: ReplicaEvent): void => {
      watch?.happened(node, event);
      client.hear(event);
    };
    const { seed } = deps;
    // The leader answers; the others may learn of a commit when there is something to say to them anyway.
    const options = { lazyCommit: true, ...deps.options };
    const replica = openReplica({ node, voters, seed, options, store, apply, post, write, later, happened });
    replicas.push(replica);
    silences.push(
      transport.listen(node, (message) =>
        guarded(() => {
          if (!replica.alive()) return;
          watch?.received(message);
          replica.take({ type: "message", message });
        })(),
      ),
    );
  };

  /** Time passes only while someone waits: a group that has nothing to do keeps quiet, and all its replicas with it. */
  const tickWhileWaiting = (): void => {
    if (cancelTick !== undefined || !isOpen || !client.isWaiting()) return;
    cancelTick = clock.after(tickMs, () => {
      cancelTick = undefined;
      guarded(tick)();
    });
  };

  const tick = (): void => {
    ticks += 1;
    for (const replica of replicas) if (replica.alive()) replica.take({ type: "tick" });
    if (ticks % timeTicks === 0) advanceTime();
    client.tick();
    tickWhileWaiting();
  };

  const advanceTime = (): void => {
    const tick = (leader()?.sessions().tick ?? 0) + timeTicks;
    send([{ id: "time", command: { type: "time.advanced", tick } }]);
  };

  const begin = (): void => {
    store = deps.store();
    for (const node of voters) start(node, store);
    const reach = Math.max(...replicas.map((replica) => lastIndexOf(replica.state().log)));
    // They would hand out places that the rows know already, and the commits there would be taken for repetitions.
    if (reach < deps.recorded) {
      const what = `the rows of ${group} hold commits up to ${deps.recorded}, its replicas only up to ${reach}`;
      throw new SwarmError(
        "LOG_CORRUPT",
        `${what}: their folder raft/${group} was moved, deleted or replaced by an older copy, which has forgotten votes. If it was moved, put that very folder back in its place; otherwise the run cannot go on: read its record (swarm show ${group}), and start the task anew`,
      );
    }
    // Nobody has been elected yet and nobody needs to wait for that: the first stands at once.
    replicas[0]?.take({ type: "campaign" });
  };

  const close = (): void => {
    isOpen = false;
    watch?.close();
    cancelTick?.();
    for (const silence of silences) silence();
    for (const replica of replicas) replica.kill();
  };

  return {
    /**
     * Orders an entry, exactly once under its id, also if it comes again before its commit is recorded; the commit comes
     * through `committed`. `recorded`: all commits up to there are kept elsewhere by now, and nobody proposes them any more.
     * The first call starts the replicas.
     */
    propose: (id: string, entry: Entry, recorded: LogIndex): void =>
      guarded(() => {
        if (replicas.length === 0) begin();
        client.propose(id, entry, recorded);
        tickWhileWaiting();
      })(),
    /** Kills a replica, as if its process had died; for drills. */
    kill: (node: NodeId): void => replicaOf(node)?.kill(),
    /** Who leads, if anyone does. */
    leader: (): NodeId | undefined => leader()?.node,
    close,
  };
};

export type Group = ReturnType<typeof openGroup>;
