import { catalogue } from "./catalogue.ts";
import type { LabelValues, Metric } from "./metric.ts";
import { namesAtMost } from "./bounded-names.ts";

const families: readonly (readonly [title: string, pattern: RegExp])[] = [
  ["Runs", /^(swarm_(runs|step|build)_|gen_ai_workflow_)/],
  ["Agents", /^(swarm_agents?(_|$)|gen_ai_invoke_agent_)/],
  ["Inference", /^(gen_ai_client_|swarm_(inference|circuit)_|gen_ai_execute_)/],
  ["Messages", /^(messaging_|swarm_messages?_)/],
  ["Decisions", /^swarm_(decisions?|ballots?|calibration)_/],
  ["Raft", /^swarm_raft_/],
  ["Scheduler", /^swarm_gpu_/],
  ["Event log", /^swarm_log_/],
  ["Telemetry", /^swarm_otel_/],
];

/** `docs/metrics.md`, made of the catalogue, so that it says what the program does. */
export const metricsPage = (): string => {
  const all = Object.entries<Metric>(catalogue);
  const tables = families.flatMap(([title, pattern]) => {
    const rows = all.filter(([name]) => pattern.test(name)).map(([name, metric]) => rowOf(name, metric));
    return rows.length === 0 ? [] : [`## ${title}\n\n${head}\n${rows.join("\n")}\n`];
  });
  return `${introduction}\n${tables.join("\n")}\n${ending}`;
};

/** The family that a metric stands under; every one must have exactly one. */
export const familiesOf = (name: string): readonly string[] =>
  families.filter(([, pattern]) => pattern.test(name)).map(([title]) => title);

const head = "| Name | Type | Labels | What it is | From |\n| --- | --- | --- | --- | --- |";

const rowOf = (name: string, metric: Metric): string => {
  const labels = Object.entries<LabelValues>(metric.labels).map(([label, values]) =>
    values === "named"
      ? `\`${label}\``
      : `\`${label}\`: ${values.map((value) => value || "empty").join(", ")}`,
  );
  const star = metric.type === "histogram" && metric.exemplars ? " *" : "";
  return `| \`${name}\`${star} | ${metric.type} | ${labels.join("; ")} | ${metric.help} | ${metric.source} |`;
};

const introduction = `# Metrics

Made from \`observability/metrics/catalogue.ts\` by \`npm run dashboards\`.

\`\`\`sh
swarm run demo/task.yaml --metrics-port 9464 &
curl -s http://127.0.0.1:9464/metrics
\`\`\`

- \`--metrics-port PORT\` on \`run\` and \`resume\` serves \`/metrics\` (OpenMetrics text; the older format for a reader that wants that more) and \`/healthz\` on 127.0.0.1; \`ADDRESS:PORT\` on another address of this machine; \`0\` takes a
  free port and says which. Metrics have no password: keep them on networks that you trust. Without the flag nothing is measured.
- When the run stops, all metrics are written once more to \`HOME/runs/RUN/metrics.prom\`, in the older text format, which has no exemplars. A short run ends before anybody reads it;
  \`--metrics-linger SECONDS\` waits after the end until it was read once more, at most so long. Prometheus counts what changes between two visits: if its first comes after the run, it gets the metrics as they stood when
  the run began, and as long again for the next. Give more than the scrape interval.
- In code: \`openSwarm({ metrics: await openMetrics({ port: 9464 }) })\` measures all runs of a process.
- Counters and most durations are read from the rows of a run as they are appended; gauges and what no row holds come from the running parts (\`diagnostics\`). A resumed run counts from where it was taken up.
- Times are in seconds, sizes in bytes, shares from 0 to 1. No label holds a run, an agent instance or a subject. Where a label holds names that tasks make up, the first ${namesAtMost} are kept, later ones are \`other\`;
  they are the labels below without a list of values.
- An observation of a metric with * carries the trace of its run as an exemplar: \`trace_id\` is the first 16 bytes of the sha256 of the run's id.
- The alerts on these are in \`deploy/prometheus/swarm.rules.yaml\`, the dashboards in \`deploy/grafana/dashboards\`: [deploy](deploy.md).
`;

const ending = `## Process

\`process_*\` and \`nodejs_*\` are those of prom-client: CPU, memory, event loop delay, garbage collection, open files.
`;
