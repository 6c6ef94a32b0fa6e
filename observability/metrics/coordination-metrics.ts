import { ruleNames, type EscalationReason } from "../../coordination/protocol/decision-messages.ts";
import { seconds, type Metric } from "./metric.ts";

const ratios = [0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1] as const;
const decisionOutcomes = [
  "settled",
  "no-quorum",
  "all-abstain",
  "no-evidence",
  "tie",
  "below-threshold",
  "too-few-heads",
  "deadline",
  "no-ruling",
] as const satisfies readonly ("settled" | EscalationReason)[];

/** Decisions and Raft. */
export const coordinationMetrics = {
  swarm_decisions_total: {
    type: "counter",
    help: "Decisions that are over; kind is the rule of the vote. Inside a map it is a result if one is not settled, elsewhere the run ends with it.",
    labels: { kind: ruleNames, outcome: decisionOutcomes, within: ["run", "map"] },
    source: "rows",
  },
  swarm_decision_duration_seconds: {
    type: "histogram",
    help: "From the commit that opens a decision to the one that ends it; kind is the rule of the vote.",
    labels: { kind: ruleNames, outcome: decisionOutcomes },
    source: "rows",
    buckets: seconds.long,
    exemplars: true,
  },
  swarm_ballots_total: {
    type: "counter",
    help: "What became of the ballot of each elector, once its decision is over.",
    labels: { status: ["counted", "abstained", "missing", "void"] },
    source: "rows",
  },
  swarm_ballot_confidence_ratio: {
    type: "histogram",
    help: "Stated confidence of counted ballots.",
    labels: {},
    source: "rows",
    buckets: ratios,
    exemplars: false,
  },
  swarm_decision_margin_ratio: {
    type: "histogram",
    help: "How far the first option leads the second, as a part of the weight of all.",
    labels: {},
    source: "rows",
    buckets: ratios,
    exemplars: false,
  },
  swarm_calibration_brier_ratio: {
    type: "gauge",
    help: "Mean squared distance of stated confidence from being right, over the graded ballots of this process; role is the agent's name.",
    labels: { role: "named" },
    source: "rows",
  },
  swarm_raft_state: {
    type: "gauge",
    help: "1 for the role that a replica has, else 0; nothing once its group has ended. Of the group that started last in this process.",
    labels: { node: "named", role: ["follower", "preCandidate", "candidate", "leader"] },
    source: "diagnostics",
  },
  swarm_raft_term: {
    type: "gauge",
    help: "Term of a replica; this and its indexes stay as they were when its group ended.",
    labels: { node: "named" },
    source: "diagnostics",
  },
  swarm_raft_last_index: {
    type: "gauge",
    help: "Last place in the log of a replica.",
    labels: { node: "named" },
    source: "diagnostics",
  },
  swarm_raft_commit_index: {
    type: "gauge",
    help: "How far a replica knows its log to be committed.",
    labels: { node: "named" },
    source: "diagnostics",
  },
  swarm_raft_applied_index: {
    type: "gauge",
    help: "How far a replica has applied its log.",
    labels: { node: "named" },
    source: "diagnostics",
  },
  swarm_raft_leader_changes_total: {
    type: "counter",
    help: "Times that another replica came to lead, the first one of a group not counted.",
    labels: {},
    source: "diagnostics",
  },
  swarm_raft_elections_total: {
    type: "counter",
    help: "Elections that a replica of this process stood for.",
    labels: { outcome: ["won", "lost", "timed-out"] },
    source: "diagnostics",
  },
  swarm_raft_proposals_total: {
    type: "counter",
    help: "Entries that were committed, and hand-overs of entries that a replica turned away, to be tried again.",
    labels: { outcome: ["committed", "rejected"] },
    source: "rows",
  },
  swarm_raft_commit_duration_seconds: {
    type: "histogram",
    help: "From handing an entry to the leader until it is committed and one replica has applied it, disks included.",
    labels: {},
    source: "diagnostics",
    buckets: seconds.brief,
    exemplars: true,
  },
  swarm_raft_append_rtt_seconds: {
    type: "histogram",
    help: "From the sending of an append to the answer of the follower, its disk included.",
    labels: { node: "named", peer: "named" },
    source: "diagnostics",
    buckets: seconds.brief,
    exemplars: false,
  },
} as const satisfies Readonly<Record<string, Metric>>;
