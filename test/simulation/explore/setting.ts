import type { NodeId, RaftOptions, Term } from "../../../coordination/raft/types.ts";

/** Who shall be a member after a change. */
export type Change = { readonly voters: readonly NodeId[]; readonly learners: readonly NodeId[] };

/** What may happen only so often, so that there is an end to what can happen at all. */
export const costs = [
  "timeouts",
  "proposals",
  "crashes",
  "heartbeats",
  "duplicates",
  "quorumChecks",
  "reads",
  "transfers",
  "changes",
] as const;

export type Cost = (typeof costs)[number];

/** A small cluster and everything that may befall it; the exploration tries it in every order. */
export type Setting = {
  readonly name: string;
  readonly voters: readonly NodeId[];
  readonly learners?: readonly NodeId[];
  /** Nodes that are no members yet, and know of none. */
  readonly strangers?: readonly NodeId[];
  /** The terms of the entries that a node's disk holds at first; all nodes know the newest of them. */
  readonly logs?: Readonly<Partial<Record<NodeId, readonly Term[]>>>;
  readonly options?: Partial<RaftOptions>;
  /** How often each may happen; what is not named never does. */
  readonly bounds: Readonly<Partial<Record<Cost, number>>>;
  /** The changes of members that may be asked for, in this order. */
  readonly changes?: readonly Change[];
  /** Writes take their time: everything else may come between. Otherwise each is on disk before the next event. */
  readonly lateDisk?: boolean;
  /** The state machine takes its time to apply. */
  readonly lateApply?: boolean;
  /**
   * Questions before an election travel like all messages. Otherwise whoever times out stands at once, as if a majority had said
   * yes: such a yes promises nothing, so nothing may depend on it but peace, and elections take fewer steps.
   */
  readonly preVotes?: boolean;
  /** It begins with this node as a leader whom all follow, and not with nodes that have just started. Its timeout counts. */
  readonly ledBy?: NodeId;
};

export const nodesOf = ({ voters, learners = [], strangers = [] }: Setting): readonly NodeId[] =>
  [...voters, ...learners, ...strangers].sort((a, b) => a - b);

/** The options that all explored nodes have; time is not counted but chosen, so the ticks are as few as they may be. */
export const optionsOf = ({ options = {} }: Setting): Partial<RaftOptions> => ({
  electionTicks: 4,
  heartbeatTicks: 1,
  ...options,
});
