import { seconds, type Metric } from "./metric.ts";

/** The scheduler and the event log. */
export const resourceMetrics = {
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
