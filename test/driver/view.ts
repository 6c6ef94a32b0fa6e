import { allEntries } from "../../coordination/raft/log.ts";
import { dataOf, payloadData } from "./data.ts";
import type { Cluster } from "./cluster.ts";
import type { Replica } from "./replica.ts";

/** All that can be seen of a cluster; `docs/raft-driver.md` has the fields. */
export const viewOf = (cluster: Cluster) => ({
  nodes: cluster.all().map(viewOfNode),
  messages: cluster.network.messages().map(({ id, message }) => {
    const { from, to, type, term, ...rest } = message;
    return { id, from, to, type, term, ...rest };
  }),
});

export type NodeView = ReturnType<typeof viewOfNode>;

const viewOfNode = (replica: Replica) => {
  const state = replica.shown();
  return {
    id: replica.id,
    up: replica.state() !== null,
    paused: replica.isPaused(),
    stalled: replica.disk.stalled,
    term: state.term,
    vote: state.vote,
    role: state.role,
    leader: state.leader,
    first: state.log.base + 1,
    log: allEntries(state.log).map(({ term, payload }) => [term, payloadData(payload)] as const),
    commit: state.commit,
    applied: state.applied,
    members: state.history.at(-1)?.members ?? { voters: [], outgoing: [], learners: [] },
    machine: replica.machine().map(dataOf),
    snapshot: state.snapshot === null ? null : { index: state.snapshot.index, term: state.snapshot.term },
  };
};
