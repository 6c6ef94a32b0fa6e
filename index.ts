// The library: run tasks from code, and read what they recorded.
export type { RunReplay as Replay } from "./cli/wire/recorded.ts";
export { formatProblems, TaskProblems } from "./cli/task/problems.ts";
export type { TaskDefinition } from "./cli/task/load-value.ts";
export { openMetrics } from "./cli/wire/metrics.ts";
export type { Metrics, MetricsAddress, MetricsOptions } from "./cli/wire/metrics.ts";
export { openSwarm } from "./cli/wire/swarm.ts";
export type { RunOptions, RunOutcome, Swarm, SwarmOptions } from "./cli/wire/swarm.ts";
export type { StoredRow } from "./coordination/log/log.ts";
export type { Outcome } from "./coordination/protocol/decision-messages.ts";
export { SwarmError } from "./coordination/protocol/errors.ts";
export type { Json } from "./coordination/protocol/json.ts";
export type { Row } from "./coordination/protocol/row.ts";
export { eventsOf } from "./observability/events.ts";
export type { RunEvent } from "./observability/events.ts";
