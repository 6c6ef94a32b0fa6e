// `swarm/raft`: the pure core, for hosts and checkers outside. `docs/consensus.md` says what it promises.
export type { Command, RaftEffect, RaftInput, RejectionReason, Role } from "./io.ts";
export { allEntries, entriesBetween, lastIndexOf, lastTermOf, termAt } from "./log.ts";
export type { RaftLog } from "./log.ts";
export type * from "./message.ts";
export { hasQuorum, quorumValue } from "./quorum.ts";
export { startNode } from "./state.ts";
export type { PendingRead, Progress, RaftState } from "./state.ts";
export { raftStep } from "./step.ts";
export type { RaftStep } from "./step.ts";
export type { NodeWrite, RaftStore, StoredSnapshot } from "./store.ts";
export { membersOf } from "./turn.ts";
export type { RaftTurn } from "./turn.ts";
export { defaultRaftOptions, termMax } from "./types.ts";
export type * from "./types.ts";
