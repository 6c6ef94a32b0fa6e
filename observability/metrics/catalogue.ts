import type { EscalationReason, RuleName } from "../../coordination/protocol/decision-messages.ts";

/**
 * Every metric by name: what it counts, in which unit, its labels. The one place that knows; the registry, the page
 * `docs/metrics.md` and the checks of dashboards read it.
 */

/** The values that a label can have: all of them, or names that tasks and programs make up, of which some are kept. */
export type LabelValues = readonly string[] | "named";

type Labels = Readonly<Record<string, LabelValues>>;

type Described = {
  readonly help: string;
  readonly labels: Labels;
  /** What it is read from. */
  readonly source: "rows" | "diagnostics" | "process";
};

export type Metric = Described &
  (
    | { readonly type: "counter" | "gauge" }
    | {
        readonly type: "histogram";
        /** Upper bounds of the buckets. */
        readonly buckets: readonly number[];
        /** Whether an observation carries the trace id of its run. */
        readonly exemplars: boolean;
      }
  );

const seconds = {
  /** Commits and messages within a machine. */
  brief: [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
  /** Calls of a model. */
  call: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300],
  /** Steps and whole runs. */
  long: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600, 14_400],
} as const;
const ratios = [0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1] as const;
const tokens = [1, 4, 16, 64, 256, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576] as const;

/** A counter starts at 0 for each value, so all rules are named here. */
const rules = [
  "classwise",
  "logodds",
  "linear",
  "majority",
  "supermajority",
  "unanimity",
  "approval",
  "ranked",
  "median",
  "judge",
] as const satisfies readonly RuleName[];
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
const call = {
  gen_ai_operation_name: ["chat"],
  gen_ai_provider_name: "named",
  gen_ai_request_model: "named",
} as const;

export const catalogue = {
  swarm_runs_total: {
    type: "counter",
    help: "Runs that have ended.",
    labels: { outcome: ["done", "failed", "not-settled", "budget-spent", "timeout"] },
    source: "rows",
  },
  swarm_runs_active: {
    type: "gauge",
    help: "Runs that this process drives.",
    labels: {},
    source: "rows",
  },
  gen_ai_workflow_duration_seconds: {
    type: "histogram",
    help: "From the header of a run to its end, pauses included.",
    labels: { gen_ai_workflow_name: "named", error_type: "named" },
    source: "rows",
    buckets: seconds.long,
    exemplars: true,
  },
  swarm_step_duration_seconds: {
    type: "histogram",
    help: "From the assignment of a step to its answer or outcome; a step is told by its kind.",
    labels: { kind: ["ask", "decide"], outcome: ["done", "failed", "settled", "not-settled"] },
    source: "rows",
    buckets: seconds.long,
    exemplars: true,
  },
  swarm_build_info: {
    type: "gauge",
    help: "Always 1; the labels say what runs.",
    labels: { version: "named", node: "named" },
    source: "process",
  },
  swarm_agents: {
    type: "gauge",
    help: "Agent instances that live now, by the state of their chart.",
    labels: { state: ["idle", "thinking", "deliberating", "voting", "abstained", "other"] },
    source: "diagnostics",
  },
  swarm_agent_restarts_total: {
    type: "counter",
    help: "Turns of an agent that threw, after which it is started again or retired; role is the agent's name.",
    labels: { role: "named", reason: "named" },
    source: "rows",
  },
  swarm_agent_mailbox_depth: {
    type: "gauge",
    help: "Messages that wait for an actor, summed over the instances of an agent; role is the agent's name or the actor's.",
    labels: { role: "named" },
    source: "diagnostics",
  },
  gen_ai_invoke_agent_duration_seconds: {
    type: "histogram",
    help: "From the turn that takes an assignment to the turn that answers it or casts the ballot.",
    labels: { gen_ai_agent_name: "named", error_type: "named" },
    source: "rows",
    buckets: seconds.call,
    exemplars: true,
  },
  gen_ai_client_operation_duration_seconds: {
    type: "histogram",
    help: "One call of a model, as the engine or provider timed it.",
    labels: { ...call, error_type: "named" },
    source: "rows",
    buckets: seconds.call,
    exemplars: true,
  },
  gen_ai_client_token_usage: {
    type: "histogram",
    help: "Tokens of one call of a model, as the engine counted them.",
    labels: { ...call, gen_ai_token_type: ["input", "output"] },
    source: "rows",
    buckets: tokens,
    exemplars: false,
  },
  swarm_inference_retries_total: {
    type: "counter",
    help: "Times that an agent asked its model again; the reason is the failure's code, or an unusable reply.",
    labels: {
      reason: ["unusable-reply", "OVERLOADED", "ENGINE_CRASHED", "TIMEOUT", "not-delivered", "other"],
    },
    source: "rows",
  },
  messaging_client_sent_messages_total: {
    type: "counter",
    help: "Messages published on the bus.",
    labels: { messaging_destination_template: "named" },
    source: "diagnostics",
  },
  messaging_process_duration_seconds: {
    type: "histogram",
    help: "How long the handler of a message worked, of one message in eight. It puts mail into a mailbox; the turn itself is not in it.",
    labels: { messaging_destination_template: "named" },
    source: "diagnostics",
    buckets: seconds.brief,
    exemplars: false,
  },
  swarm_message_delivery_seconds: {
    type: "histogram",
    help: "From the publishing of a message to its handler, of one message in eight, where both are in this process.",
    labels: { messaging_destination_template: "named" },
    source: "diagnostics",
    buckets: seconds.brief,
    exemplars: false,
  },
  swarm_messages_dropped_total: {
    type: "counter",
    help: "Messages that were not handled: refused by a full mailbox, or lost on the bus.",
    labels: {
      reason: ["mailbox-full", "step-failed", "no-such-actor", "slow-consumer", "bus-error"],
    },
    source: "rows",
  },
  swarm_decisions_total: {
    type: "counter",
    help: "Decisions that are over; kind is the rule of the vote.",
    labels: { kind: rules, outcome: decisionOutcomes },
    source: "rows",
  },
  swarm_decision_duration_seconds: {
    type: "histogram",
    help: "From the commit that opens a decision to the one that ends it; kind is the rule of the vote.",
    labels: { kind: rules, outcome: decisionOutcomes },
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
    help: "1 for the role that a replica has, else 0. Of the group that started last in this process.",
    labels: { node: "named", role: ["follower", "preCandidate", "candidate", "leader"] },
    source: "diagnostics",
  },
  swarm_raft_term: {
    type: "gauge",
    help: "Term of a replica.",
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
    help: "From the turn that proposes an entry to the turn that takes its commit, the write of the row included.",
    labels: {},
    source: "rows",
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
  swarm_gpu_lease_wait_seconds: {
    type: "histogram",
    help: "How long a call waited for the scheduler before it could start.",
    labels: { priority: ["normal"] },
    source: "rows",
    buckets: seconds.call,
    exemplars: true,
  },
  swarm_gpu_lease_hold_seconds: {
    type: "histogram",
    help: "How long a call held what the scheduler gave it.",
    labels: {},
    source: "rows",
    buckets: seconds.call,
    exemplars: false,
  },
  swarm_gpu_leases: {
    type: "gauge",
    help: "Calls that the scheduler lets run now.",
    labels: { device: ["engine"], state: ["held"] },
    source: "rows",
  },
  swarm_gpu_queue_depth: {
    type: "gauge",
    help: "Calls that wait for the scheduler.",
    labels: { priority: ["normal"] },
    source: "rows",
  },
  swarm_log_append_duration_seconds: {
    type: "histogram",
    help: "One group commit of the event log, until it is on disk.",
    labels: {},
    source: "diagnostics",
    buckets: seconds.brief,
    exemplars: true,
  },
  swarm_log_events_total: {
    type: "counter",
    help: "Rows appended to the event log, by their type or that of the message that a turn took.",
    labels: { type: "named" },
    source: "rows",
  },
  swarm_log_batch_size: {
    type: "histogram",
    help: "Rows of one group commit.",
    labels: {},
    source: "diagnostics",
    buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 4096, 16_384],
    exemplars: false,
  },
  swarm_log_used_bytes: {
    type: "gauge",
    help: "Bytes of the event log that are in use.",
    labels: {},
    source: "diagnostics",
  },
  swarm_log_map_bytes: {
    type: "gauge",
    help: "Bytes that the event log can grow to: those in use and the free space of its disk. LMDB extends its map by itself.",
    labels: {},
    source: "diagnostics",
  },
} as const satisfies Readonly<Record<string, Metric>>;

export type Catalogue = typeof catalogue;
export type MetricName = keyof Catalogue;
type OfType<Type extends Metric["type"]> = {
  [Name in MetricName]: Catalogue[Name]["type"] extends Type ? Name : never;
}[MetricName];
export type CounterName = OfType<"counter">;
export type GaugeName = OfType<"gauge">;
export type HistogramName = OfType<"histogram">;

type ValueOf<Values> = Values extends readonly (infer Value extends string)[] ? Value : string;
/** The labels of one metric, each with the values that it can have. */
export type LabelsOf<Name extends MetricName> = {
  readonly [Label in keyof Catalogue[Name]["labels"]]: ValueOf<Catalogue[Name]["labels"][Label]>;
};
