import { InvariantError } from "../../coordination/protocol/invariant.ts";
import { textOf } from "./data.ts";
import { createCluster, type Cluster } from "./cluster.ts";
import { nodesMax, readOp, type Op } from "./ops.ts";
import { Refusal } from "./refusal.ts";
import type { Results } from "./replica.ts";
import { traceLine } from "./trace.ts";
import { viewOf } from "./view.ts";

/** An operation that was done: all that can be seen, and what it brought, some of it only with some operations. */
type Report = ReturnType<typeof viewOf> &
  Results & { readonly ok: true; readonly trace?: readonly unknown[] };

export type Reply = Report | { readonly ok: false; readonly error: string };

/** What drives one cluster after another: an operation in, a reply out. Numbers of messages and steps go on over all of them. */
export const createSession = ({ onTrace }: { readonly onTrace?: (line: string) => void } = {}) => {
  let cluster: Cluster | null = null;
  let clusters = 0;
  let steps = 0;
  let messages = 0;
  let requests = 0;
  let results: Results = { accepted: [], rejected: [], reads: [] };
  let traced: unknown[] | null = null;

  const surroundings = {
    numberMessage: () => (messages += 1),
    results: () => results,
    trace: (...[node, input, { state, effects }, { received, sent }]: TraceArguments): void => {
      steps += 1;
      if (onTrace === undefined && traced === null) return;
      const line = traceLine({ step: steps, cluster: clusters, node, input, received, state, effects, sent });
      onTrace?.(line);
      traced?.push(JSON.parse(line));
    },
  };

  const there = (): Cluster => {
    if (cluster === null)
      throw new Refusal('there is no cluster yet; {"op":"create","nodes":[1,2,3]} makes one');
    return cluster;
  };

  const named = (id: string | undefined): string => {
    requests += 1;
    return id ?? `${requests}`;
  };

  /** Does one operation; what it returns goes into the reply. */
  const perform = (op: Op): object => {
    switch (op.op) {
      case "create":
        clusters += 1;
        cluster = founded(planOf(op), surroundings);
        return {};
      case "trace":
        traced = op.on ? [] : null;
        return {};
      case "dump":
        there();
        return {};
      default:
        return performOn(there(), op, named) ?? {};
    }
  };

  return {
    perform: (given: unknown): Reply => {
      results = { accepted: [], rejected: [], reads: [] };
      if (traced !== null) traced = [];
      try {
        const extra = perform(readOp(given));
        const view = cluster === null ? { nodes: [], messages: [] } : viewOf(cluster);
        return { ok: true, ...view, ...extra, ...results, ...(traced === null ? {} : { trace: traced }) };
      } catch (error) {
        if (error instanceof Refusal) return { ok: false, error: error.message };
        // A bug, in the core or here: whoever drives must hear of it, and can go on with what is left.
        const broken = error instanceof InvariantError ? "an invariant broke" : "the driver failed";
        return { ok: false, error: `${broken}: ${error instanceof Error ? error.message : String(error)}` };
      }
    },
  };
};

/** What the core refuses to start from is no fault of the core. */
const founded = (...parts: Parameters<typeof createCluster>): Cluster => {
  try {
    return createCluster(...parts);
  } catch (cause) {
    if (cause instanceof InvariantError) throw new Refusal(`create: ${cause.message}`);
    throw cause;
  }
};

type TraceArguments = Parameters<Parameters<typeof createCluster>[1]["trace"]>;

const planOf = ({ nodes, learners, seed, options, stored }: Extract<Op, { op: "create" }>) => {
  const all = [...nodes, ...learners];
  if (new Set(all).size < all.length) throw new Refusal("create: a node is named twice");
  if (all.length > nodesMax) throw new Refusal(`create: there can be at most ${nodesMax} nodes`);
  const states = new Map(Object.entries(stored).map(([id, state]) => [Number(id), state]));
  for (const id of states.keys())
    if (!all.includes(id)) throw new Refusal(`create: stored names node ${id}, which is no member`);
  return {
    nodes: [...nodes].sort(rising),
    learners: [...learners].sort(rising),
    seed,
    options,
    stored: states,
  };
};

const performOn = (
  cluster: Cluster,
  op: Exclude<Op, { op: "create" | "trace" | "dump" }>,
  named: (id: string | undefined) => string,
): object | undefined | void => {
  const { network } = cluster;
  switch (op.op) {
    case "campaign":
      return cluster.campaign(op.node);
    case "tick":
      return cluster.tick(op.node, op.count);
    case "crash":
      return cluster.crash(op.node);
    case "restart":
      return cluster.restart(op.node);
    case "pause":
      return cluster.pause(op.node);
    case "resume":
      return cluster.resume(op.node);
    case "stall":
      return cluster.known(op.node).stall();
    case "unstall":
      return cluster.known(op.node).unstall();
    case "propose": {
      const command = { id: named(op.id), data: textOf(op.data) };
      return cluster.take(op.node ?? cluster.leader(), { type: "propose", commands: [command] });
    }
    case "read":
      return cluster.take(op.node ?? cluster.leader(), { type: "read", id: named(op.id) });
    case "transfer":
      cluster.known(op.to);
      return cluster.take(op.node ?? cluster.leader(), { type: "transfer", id: named(op.id), to: op.to });
    case "change":
      return change(cluster, op, named(op.id));
    case "partition":
      for (const id of op.groups.flat()) cluster.known(id);
      return network.partition(op.groups);
    case "heal":
      return network.heal();
    case "block":
    case "unblock":
      for (const id of [...op.from, ...op.to]) cluster.known(id);
      for (const from of op.from) for (const to of op.to) network[op.op](from, to);
      return undefined;
    case "deliver":
      return cluster.deliver(op);
    case "drop": {
      const found = cluster.chosen(op);
      for (const { id } of found) network.take(id);
      return { dropped: found.map(({ id }) => id) };
    }
    case "duplicate":
      return { copies: cluster.duplicate(op) };
    case "run":
      return cluster.run(op);
  }
};

/** The members as they are to be: as named, or those in force with some more or fewer. */
const change = (cluster: Cluster, op: Extract<Op, { op: "change" }>, id: string): void => {
  const node = op.node ?? cluster.leader();
  const inForce = cluster.up(node).shown().history.at(-1)?.members;
  const without = (ids: readonly number[], ...others: (readonly number[] | undefined)[]) =>
    ids.filter((one) => !others.some((list) => list?.includes(one)));
  const { add = [], addLearners = [], remove } = op;
  const voters = [...without(op.voters ?? inForce?.voters ?? [], remove, addLearners, add), ...add];
  const others = op.learners ?? without(inForce?.learners ?? [], voters);
  const learners = [...without(others, remove, addLearners), ...addLearners];
  cluster.checkRoom([...voters, ...learners]);
  cluster.take(node, { type: "changeMembers", id, voters, learners });
  // Not before: a change that is refused or rejected starts nobody.
  const members = cluster.known(node).shown().history.at(-1)?.members;
  cluster.addMissing([...(members?.voters ?? []), ...(members?.learners ?? [])]);
};

const rising = (a: number, b: number): number => a - b;
