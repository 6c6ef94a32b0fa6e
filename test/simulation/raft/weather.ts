import { befall } from "./accidents.ts";
import { openClients } from "./clients.ts";
import type { Cluster, Planted, RaftWatch } from "./cluster.ts";
import { heal, isAtRest, proposeLast, runUntil } from "./convergence.ts";
import { allEntries } from "../../../coordination/raft/log.ts";
import { foundCluster } from "./founding.ts";
import { checkLinearizable } from "./linearizability.ts";
import type { RaftStorm } from "./storm.ts";
import { broken, Violation } from "./violation.ts";

export type RaftReport = {
  readonly storm: RaftStorm;
  /** What went wrong, if anything did. */
  readonly wrong: string | null;
  /** Inputs and accidents, and after which of them something went wrong. */
  readonly events: number;
  /** How many accidents were drawn, those left out included. */
  readonly accidents: number;
  /** The same for the same storm, always. */
  readonly digest: number;
  readonly operations: number;
  /** Whether the clients' history was searched to the end. */
  readonly decided: boolean;
  readonly seen: ReadonlyMap<string, number>;
};

/** Runs a storm to its end, heals the cluster and looks whether it gets well. */
export const weatherRaft = (storm: RaftStorm, planted: Planted = {}, watch: RaftWatch = {}): RaftReport => {
  const cluster = foundCluster(storm, planted, watch);
  const clients = openClients(cluster);
  let wrong: string | null = null;
  let decided = true;
  try {
    const accidents = befall(cluster);
    while (cluster.events < storm.events && cluster.agenda.next());
    accidents.stop();
    clients.rest();
    watch.happened?.(cluster.agenda.nowUs(), "healed");
    heal(cluster);
    runUntil(cluster, "clients get no answer", 40, clients.areIdle);
    proposeLast(cluster);
    clients.readAll();
    runUntil(cluster, "reads get no answer", 20, clients.areIdle);
    runUntil(cluster, "the members do not agree", 20, () => isAtRest(cluster));
    checkEnd(cluster, clients.acknowledged);
    const verdict = checkLinearizable(clients.history);
    if (verdict.type === "violation")
      broken(`what clients saw of key ${verdict.key} has no order: ${JSON.stringify(verdict.operations)}`);
    decided = verdict.type === "linearizable";
  } catch (error) {
    wrong = claimOf(error);
  }
  const { events, digest, seen } = cluster;
  return {
    storm,
    wrong,
    events,
    accidents: cluster.accidents,
    digest,
    operations: clients.history.length,
    decided,
    seen,
  };
};

/** All logs, entry by entry, and all that was acknowledged: what the checks of each step leave out for their speed. */
const checkEnd = ({ hosts, ledger }: Cluster, acknowledged: ReadonlySet<string>): void => {
  for (const { id, up, state, machine } of hosts.values()) {
    if (!up) continue;
    for (const { index, term } of allEntries(state.log))
      if (index <= state.commit && ledger.committed[index]?.entry.term !== term)
        broken(`node ${id} holds another entry ${index} than the committed one`);
    if (machine.applied < ledger.committed.length - 1) continue;
    for (const command of acknowledged)
      if (!machine.answers.has(command)) broken(`node ${id} has lost ${command}, which was acknowledged`);
  }
};

/** What is wrong with an error that is none of ours: the core itself noticed, or broke. */
const claimOf = (error: unknown): string =>
  error instanceof Violation
    ? error.message
    : `the core failed: ${error instanceof Error ? error.message : String(error)}`;
