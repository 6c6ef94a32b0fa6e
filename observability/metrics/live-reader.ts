import type { Diagnostic, Diagnostics, Reading } from "../../coordination/protocol/diagnostics.ts";
import { boundedNames } from "./bounded-names.ts";
import type { LabelsOf } from "./catalogue.ts";
import { isReplica, lastReadings, noRole, type ReplicaReading } from "./last-readings.ts";
import type { Meter } from "./meter.ts";

/** Diagnostics that become measurements: what is told at once, what is watched whenever `look` is called. */
export const liveReader = (meter: Meter): Diagnostics & { readonly look: () => void } => {
  const watched = new Set<() => readonly Reading[]>();
  const left = lastReadings();
  const [roleOf, providerOf] = [boundedNames(), boundedNames()];
  /** Names are bounded before anything is added up, since all later ones stand under one. */
  const bounded = (reading: Reading): Reading => {
    if (reading.type === "actor") return { ...reading, name: roleOf(reading.name) };
    if (reading.type === "circuit") return { ...reading, provider: providerOf(reading.provider) };
    return reading;
  };
  return {
    tell: (diagnostic) => tell(meter, diagnostic),
    watch: (read) => {
      watched.add(read);
      return () => {
        if (watched.delete(read)) left.keep(read().map(bounded));
      };
    },
    look: () => {
      for (const name of gauges) meter.clear(name);
      const all = Array.from(watched, (read) => read().map(bounded));
      const known = [left.readings(all.flat()), ...all];
      // Of two groups with other numbers of replicas, those of one only.
      const group = known.findLast((readings) => readings.some(isReplica));
      const told = known.flatMap((readings) =>
        readings === group ? readings : readings.filter((reading) => !isReplica(reading)),
      );
      show(meter, told);
    },
  };
};

const gauges = [
  "swarm_runs_active",
  "swarm_gpu_leases",
  "swarm_gpu_utilization_ratio",
  "swarm_gpu_queue_depth",
  "swarm_gpu_memory_bytes",
  "swarm_circuit_state",
  "swarm_agents",
  "swarm_agent_mailbox_depth",
  "swarm_raft_state",
  "swarm_raft_term",
  "swarm_raft_last_index",
  "swarm_raft_commit_index",
  "swarm_raft_applied_index",
  "swarm_log_used_bytes",
  "swarm_log_map_bytes",
] as const;

const tell = (meter: Meter, told: Diagnostic): void => {
  switch (told.type) {
    case "log.committed":
      meter.observe("swarm_log_append_duration_seconds", {}, told.seconds, told.run);
      return meter.observe("swarm_log_batch_size", {}, told.rows);
    case "message.published":
      return meter.count("messaging_client_sent_messages_total", destination(told), told.messages);
    case "message.handled":
      meter.observe("messaging_process_duration_seconds", destination(told), told.handlingSeconds);
      if (told.deliverySeconds !== undefined)
        meter.observe("swarm_message_delivery_seconds", destination(told), told.deliverySeconds);
      return;
    case "message.dropped":
      return meter.count("swarm_messages_dropped_total", { reason: told.reason });
    case "raft.elected":
      return meter.count("swarm_raft_elections_total", { outcome: told.outcome });
    case "raft.leaderChanged":
      return meter.count("swarm_raft_leader_changes_total", {});
    case "raft.proposalRejected":
      return meter.count("swarm_raft_proposals_total", { outcome: "rejected" });
    case "raft.committed":
      return meter.observe("swarm_raft_commit_duration_seconds", {}, told.seconds, told.run);
    case "raft.appendAnswered": {
      const labels = { node: String(told.node), peer: String(told.peer) };
      return meter.observe("swarm_raft_append_rtt_seconds", labels, told.seconds);
    }
    case "spans.exported":
      return meter.count("swarm_otel_spans_total", { result: told.result }, told.spans);
  }
};

const destination = ({ destination }: { readonly destination: string }) => ({
  messaging_destination_template: destination,
});

type AgentState = LabelsOf<"swarm_agents">["state"];
type RaftRole = LabelsOf<"swarm_raft_state">["role"];
type CircuitState = LabelsOf<"swarm_circuit_state">["state"];
const agentStates: readonly AgentState[] = ["idle", "thinking", "deliberating", "voting", "abstained"];
const raftRoles: readonly RaftRole[] = ["follower", "preCandidate", "candidate", "leader"];

const priorities = ["low", "normal", "high"] as const;
const memoryKinds = ["reserved", "resident", "leaving", "budget"] as const;
/** From good to bad. */
const circuitStates: readonly CircuitState[] = ["closed", "half-open", "open"];

/** Readings of the same kind are added up. */
const show = (meter: Meter, readings: readonly Reading[]): void => {
  const states = new Map<AgentState, number>([...agentStates, "other" as const].map((state) => [state, 0]));
  const mailboxes = new Map<string, number>();
  const queues = new Map(priorities.map((priority) => [priority, 0]));
  const memory = new Map(memoryKinds.map((kind) => [kind, 0]));
  const circuits = new Map<string, CircuitState>();
  let [active, held, spans, utilization] = [0, 0, 0, 0];
  for (const reading of readings) {
    switch (reading.type) {
      case "actor": {
        const { name, state, mailbox, isAgent } = reading;
        add(mailboxes, name, mailbox);
        const known = agentStates.find((each) => each === state) ?? "other";
        if (isAgent) add(states, known, 1);
        break;
      }
      case "replica":
        showReplica(meter, reading);
        break;
      case "scheduler":
        for (const priority of priorities) add(queues, priority, reading.waiting[priority]);
        held += reading.held;
        break;
      // Runs do not share a scheduler. Which of their leases fell together nobody knows: the busiest stands for all.
      case "utilization":
        utilization = Math.max(utilization, reading.share);
        break;
      case "memory":
        add(memory, reading.kind, reading.bytes);
        break;
      case "circuit": {
        const known = circuits.get(reading.provider) ?? "closed";
        const isWorse = circuitStates.indexOf(reading.state) >= circuitStates.indexOf(known);
        circuits.set(reading.provider, isWorse ? reading.state : known);
        break;
      }
      case "spans.waiting":
        spans += reading.spans;
        break;
      case "runs":
        active += reading.active;
        break;
      case "log.space":
        meter.set("swarm_log_used_bytes", {}, reading.usedBytes);
        meter.set("swarm_log_map_bytes", {}, reading.mapBytes);
    }
  }
  meter.set("swarm_runs_active", {}, active);
  for (const [priority, depth] of queues) meter.set("swarm_gpu_queue_depth", { priority }, depth);
  meter.set("swarm_gpu_leases", { device: "engine", state: "held" }, held);
  meter.set("swarm_gpu_utilization_ratio", { device: "engine" }, utilization);
  for (const [kind, bytes] of memory) meter.set("swarm_gpu_memory_bytes", { device: "engine", kind }, bytes);
  for (const [provider, now] of circuits)
    for (const state of circuitStates)
      meter.set("swarm_circuit_state", { provider, state }, state === now ? 1 : 0);
  meter.set("swarm_otel_queue_size", {}, spans);
  for (const [state, agents] of states) meter.set("swarm_agents", { state }, agents);
  for (const [role, depth] of mailboxes) meter.set("swarm_agent_mailbox_depth", { role }, depth);
};

const add = <Key>(sums: Map<Key, number>, key: Key, by: number): void =>
  void sums.set(key, (sums.get(key) ?? 0) + by);

const showReplica = (meter: Meter, replica: ReplicaReading): void => {
  const node = String(replica.node);
  const roles = replica.role === noRole ? [] : raftRoles;
  for (const role of roles) meter.set("swarm_raft_state", { node, role }, replica.role === role ? 1 : 0);
  meter.set("swarm_raft_term", { node }, replica.term);
  meter.set("swarm_raft_last_index", { node }, replica.lastIndex);
  meter.set("swarm_raft_commit_index", { node }, replica.commitIndex);
  meter.set("swarm_raft_applied_index", { node }, replica.appliedIndex);
};
