import type { CallPriority } from "../../coordination/protocol/diagnostics.ts";
import { seconds, type Metric } from "./metric.ts";

const priorities = ["low", "normal", "high"] as const satisfies readonly CallPriority[];

/** The scheduler, the event log and the export of traces. */
export const resourceMetrics = {
  swarm_gpu_lease_wait_seconds: {
    type: "histogram",
    help: "How long a call waited for the scheduler before it could start, or go on after a pause; or before it was given up, at its deadline or since nobody wanted it any more. Above 0 a priority is high, below it low.",
    labels: { priority: priorities },
    source: "rows",
    buckets: seconds.call,
    exemplars: true,
  },
  swarm_gpu_lease_hold_seconds: {
    type: "histogram",
    help: "How long a call held what the scheduler gave it, until its answer or a pause.",
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
  swarm_gpu_utilization_ratio: {
    type: "gauge",
    help: "For which part of the last minute any call held a lease; of several runs the busiest. What the device did meanwhile it does not say.",
    labels: { device: ["engine"] },
    source: "rows",
  },
  swarm_gpu_queue_depth: {
    type: "gauge",
    help: "Calls that wait for the scheduler.",
    labels: { priority: priorities },
    source: "rows",
  },
  swarm_gpu_memory_bytes: {
    type: "gauge",
    help: "Memory of models: set aside for those that load, measured of those that are there and those on their way out, and the budget of all. Without a GPU it is that of the machine.",
    labels: { device: ["engine"], kind: ["reserved", "resident", "leaving", "budget"] },
    source: "rows",
  },
  swarm_gpu_evictions_total: {
    type: "counter",
    help: "Models taken out of memory: another one needed the room, nobody asked it for long, or it was larger than estimated and did not fit.",
    labels: { reason: ["room", "idle", "too-large"] },
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
  swarm_otel_spans_total: {
    type: "counter",
    help: "Spans that the collector took, that it did not take at a try, that it took in and turned down, and that were left in memory when a run ended (of a long run its record may hold more that were not read yet); all are still in the record.",
    labels: { result: ["sent", "failed", "rejected", "lost"] },
    source: "diagnostics",
  },
  swarm_otel_queue_size: {
    type: "gauge",
    help: "Spans in memory that wait to be exported.",
    labels: {},
    source: "diagnostics",
  },
} as const satisfies Readonly<Record<string, Metric>>;
