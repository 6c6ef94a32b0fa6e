import type { Span, SpanUnit } from "../../../observability/span.ts";
import type { Readings } from "./readings.ts";
import { differs, metricsIn, tally } from "./tally.ts";

/** Outcomes of runs that came to their end by themselves. */
const endings: ReadonlySet<string> = new Set(["done", "not-settled"]);
/** Outcomes of steps that did not come to an end. */
const openSteps: ReadonlySet<string> = new Set(["abandoned", "unfinished", "waiting"]);

const isOver = ({ attributes }: Span): boolean => attributes["swarm.unfinished"] !== true;
/** Of a wait: whether it came to an end without a turn, by a deadline or since nobody wanted the call any more. */
const isInVain = ({ attributes, events }: Span): boolean =>
  ["TIMEOUT", "ABORTED"].includes(String(attributes["error.type"])) ||
  events.some(({ name }) => name === "withdrawn");
const word = ({ attributes }: Span, name: string): string => String(attributes[name]);
const sum = (spans: readonly Span[], name: string): number =>
  spans.reduce((all, { attributes }) => all + Number(attributes[name] ?? 0), 0);

/** Where two readings of a run do not tell the same. */
export const countFlaws = (readings: Readings): readonly string[] => [
  ...endFlaws(readings),
  ...callFlaws(readings),
  ...decisionFlaws(readings),
  ...(readings.isWhole ? metricFlaws(readings) : []),
];

const endFlaws = ({ code, end, show, spans }: Readings): readonly string[] => {
  const [root, ...others] = [...spans].toSorted(
    (a, b) => Number(b.unit === "run") - Number(a.unit === "run"),
  );
  const isOverNow = end.outcome !== "waiting";
  const failed = others.filter(({ unit, status }) => unit === "step" && status.type === "error");
  return [
    ...differs("exit code", code, end.exit),
    ...differs("exit of show", show.exit, isOverNow ? end.exit : null),
    ...differs("status of show", show.status, end.outcome),
    ...differs("outputs of show", show.outputs, end.outputs),
    ...differs("usage of show", show.usage, end.usage),
    ...differs("outcome of the trace", root?.attributes["swarm.run.outcome"], end.outcome),
    ...differs(
      "exit of the trace",
      root?.attributes["swarm.run.exit_code"],
      isOverNow ? end.exit : undefined,
    ),
    ...differs("rows of the trace", root?.attributes["swarm.run.rows"], show.rows),
    ...differs("an error of the run", root?.status.type === "error", isOverNow && !endings.has(end.outcome)),
    ...(endings.has(end.outcome) ? differs("failed steps", failed.length, 0) : []),
  ];
};

const callFlaws = ({ end: { usage, outcome }, spans, report }: Readings): readonly string[] => {
  const chats = spans.filter(({ unit }) => unit === "inference");
  const over = chats.filter(isOver);
  const open = chats.length - over.length;
  const agents = spans.filter(({ unit }) => unit === "agent");
  const calls = (sums: Readings["end"]["usage"]["agents"]) =>
    Object.fromEntries(Object.entries(sums).map(([name, { calls: count }]) => [name, count]));
  const heard = sum(agents, "gen_ai.usage.input_tokens");
  return [
    ...differs("calls", usage.calls, over.length),
    ...differs(
      "calls of agents",
      calls(usage.agents),
      tally(over.map((span) => word(span, "gen_ai.agent.name"))),
    ),
    ...differs(
      "calls of models",
      calls(usage.models),
      tally(over.map((span) => word(span, "gen_ai.request.model"))),
    ),
    ...differs("tokens in", usage.promptTokens, sum(chats, "gen_ai.usage.input_tokens")),
    ...differs("tokens out", usage.outputTokens, sum(chats, "gen_ai.usage.output_tokens")),
    ...(heard > usage.promptTokens
      ? [`agents heard ${heard} tokens of ${usage.promptTokens}, ${outcome}`]
      : []),
    ...differs(
      "calls of the report",
      fact(report, "calls of models"),
      `${count(usage.calls)}${open > 0 ? `, and ${count(open)} unfinished` : ""}`,
    ),
    ...differs(
      "tokens of the report",
      fact(report, "tokens"),
      `${count(usage.promptTokens)} in, ${count(usage.outputTokens)} out`,
    ),
  ];
};

const count = (number: number): string => number.toLocaleString("en");

const fact = (report: string, name: string): string | undefined =>
  new RegExp(`<dt>${name}</dt>\\s*<dd>([^<]*)</dd>`).exec(report)?.[1];

const outcomeOf = ({
  settled,
  reason = "?",
}: {
  readonly settled: boolean;
  readonly reason?: string;
}): string => (settled ? "settled" : reason);

const settledIn = ({ events }: Pick<Readings, "events">) =>
  events.flatMap(({ type, outcome }) =>
    type === "decision.settled" && outcome !== undefined ? [outcome] : [],
  );

const decisionFlaws = ({ events, show, spans, report }: Readings): readonly string[] => {
  const outcomes = tally(settledIn({ events }).map(outcomeOf));
  const opened = events.filter(({ type }) => type === "decision.opened").length;
  const told = spans.filter((span) => span.unit === "decision" && isOver(span));
  return [
    ...differs(
      "decisions of the trace",
      tally(told.map((span) => word(span, "swarm.decision.outcome"))),
      outcomes,
    ),
    ...differs("decisions of show", tally(show.decisions.map(outcomeOf)), outcomes),
    ...differs(
      "decisions of the report",
      fact(report, "decisions"),
      opened === 0 ? "none" : `${count(outcomes["settled"] ?? 0)} of ${count(opened)} settled`,
    ),
  ];
};

const metricFlaws = ({ end, events, show, spans, live, metrics }: Readings): readonly string[] => {
  const { by, sum: all } = metricsIn(metrics);
  const { usage, outcome } = end;
  const of = (...units: readonly SpanUnit[]) => spans.filter(({ unit }) => units.includes(unit));
  const over = (...units: readonly SpanUnit[]) => of(...units).filter(isOver);
  const steps = of("step").filter((span) => ["ask", "decide"].includes(word(span, "swarm.step.kind")));
  const stepsTold = tally(
    steps.flatMap((span) => {
      const outcome = word(span, "swarm.step.outcome");
      const came = openSteps.has(outcome) ? cameTo(span, of("tool"), over("decision")) : outcome;
      return came === undefined ? [] : [`${word(span, "swarm.step.kind")} ${came}`];
    }),
  );
  const stepsCounted = by("swarm_step_duration_seconds_count", "kind", "outcome");
  const retries = of("agent", "inference").flatMap((span) =>
    span.events.filter(({ name }) => name === "retry"),
  );
  const errors = over("inference").map((span) =>
    span.status.type === "error" ? word(span, "error.type") : "",
  );
  const outcomes = settledIn({ events });
  return [
    ...differs(
      "runs counted",
      by("swarm_runs_total", "outcome"),
      outcome === "waiting" ? {} : { [outcome]: 1 },
    ),
    ...differs(
      "calls counted",
      by("gen_ai_client_operation_duration_seconds_count", "error_type"),
      tally(errors),
    ),
    ...differs("tokens counted", by("gen_ai_client_token_usage_sum", "gen_ai_token_type"), tokens(usage)),
    ...differs("retries counted", all("swarm_inference_retries_total"), retries.length),
    ...differs("decisions counted", by("swarm_decisions_total", "outcome"), tally(outcomes.map(outcomeOf))),
    ...differs(
      "ballots counted",
      by("swarm_ballots_total", "status"),
      tally(outcomes.flatMap(({ ballots }) => ballots.map(({ status }) => status))),
    ),
    // Of a run that broke off, a decision may have had its outcome and have waited for its truth.
    ...(endings.has(outcome)
      ? differs("steps counted", stepsCounted, stepsTold)
      : differs("failed steps counted", onlyFailed(stepsCounted), onlyFailed(stepsTold))),
    ...differs(
      "waits counted",
      all("swarm_gpu_lease_wait_seconds_count"),
      of("lease.hold").length + of("lease.wait").filter(isInVain).length,
    ),
    ...differs("leases counted", all("swarm_gpu_lease_hold_seconds_count"), over("lease.hold").length),
    ...differs(
      "commits counted",
      by("swarm_raft_proposals_total", "outcome")["committed"] ?? 0,
      over("propose").length,
    ),
    ...differs("programs counted", all("gen_ai_execute_tool_duration_seconds_count"), over("tool").length),
    ...differs("rows counted", all("swarm_log_events_total"), show.rows),
    ...(live === undefined
      ? []
      : differs("spans counted", by("swarm_otel_spans_total", "result"), { sent: live.length })),
    ...gauges.flatMap((name) => differs(`${name} at the end`, all(name), 0)),
  ];
};

/**
 * What a step that was open at the end had come to all the same: its decision is over, and it waited for a program to tell the truth. Without a
 * program the run ended before it heard of its decision.
 */
const cameTo = (
  { spanId }: Span,
  programs: readonly Span[],
  decisions: readonly Span[],
): string | undefined => {
  const isOfStep = ({ parentSpanId }: Span): boolean => parentSpanId === spanId;
  const decision = decisions.find(isOfStep);
  if (decision === undefined || !programs.some(isOfStep)) return undefined;
  return word(decision, "swarm.decision.outcome") === "settled" ? "settled" : "not-settled";
};

const onlyFailed = (steps: Readonly<Record<string, number>>) =>
  Object.fromEntries(Object.entries(steps).filter(([name]) => name.endsWith(" failed")));

const tokens = ({ promptTokens, outputTokens }: Readings["end"]["usage"]) =>
  Object.fromEntries(
    [["input", promptTokens] as const, ["output", outputTokens] as const].filter(([, number]) => number > 0),
  );

/** What nothing of a run is left in. */
const gauges = [
  "swarm_runs_active",
  "swarm_gpu_queue_depth",
  "swarm_gpu_leases",
  "swarm_agents",
  "swarm_agent_mailbox_depth",
];
