import { createHash } from "node:crypto";
import {
  collectDefaultMetrics,
  Counter,
  Gauge,
  Histogram,
  Registry,
  type OpenMetricsContentType,
} from "prom-client";
import type { RunId } from "../../coordination/protocol/ids.ts";
import { traceIds } from "../trace-ids.ts";
import { prefersPlain } from "./accept.ts";
import { catalogue } from "./catalogue.ts";
import { histogram } from "./histogram.ts";
import type { Metric } from "./metric.ts";
import type { Meter } from "./meter.ts";
import { plainText } from "./plain-text.ts";
import type { MetricsText } from "./server.ts";
import { boundedLabels, closedLabels, seriesOf, type Labels } from "./series.ts";

type Kept = Registry<OpenMetricsContentType>;

export type MetricsRegistry = {
  readonly meter: Meter;
  /** All metrics as they are now, in the OpenMetrics text format, with exemplars. */
  readonly openMetrics: () => Promise<string>;
  /** The same in the older text format, which files are read in; it has no exemplars. */
  readonly plain: () => Promise<string>;
  /** In the older format for whoever wants that more than the other one, as HTTP's `Accept` says it. `text`: what `openMetrics` gave earlier. */
  readonly accepted: (accept: string | undefined, text?: string) => Promise<MetricsText>;
};

/** Gauges of prom-client that are named like counters, which checkers refuse; those with a label `type` say the same. */
const namedLikeCounters = [
  "nodejs_active_handles_total",
  "nodejs_active_requests_total",
  "nodejs_active_resources_total",
];

/** Keeps what is measured, by prom-client. `look` is called before all is read. */
export const metricsRegistry = (version: string, look: (meter: Meter) => void): MetricsRegistry => {
  const registry = new Registry<OpenMetricsContentType>();
  registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  collectDefaultMetrics({ register: registry });
  for (const name of namedLikeCounters) registry.removeSingleMetric(name);
  const counters = new Map<string, Counted>();
  const gauges = new Map<string, Gauged>();
  const histograms = new Map<string, Observed>();
  for (const [name, metric] of Object.entries<Metric>(catalogue)) {
    if (metric.type === "counter") counters.set(name, counted(registry, name, metric));
    if (metric.type === "gauge") gauges.set(name, gauged(registry, name, metric));
    if (metric.type === "histogram") histograms.set(name, observed(registry, name, metric));
  }
  const meter: Meter = {
    count: (name, labels, by = 1) => counters.get(name)?.add(labels, by),
    observe: (name, labels, value, run) => histograms.get(name)?.observe(labels, value, run),
    open: (name, labels) => histograms.get(name)?.open(labels),
    set: (name, labels, value) => gauges.get(name)?.set(labels, value),
    clear: (name) => gauges.get(name)?.clear(),
  };
  meter.set("swarm_build_info", { version, node: process.version }, 1);
  const openMetrics = (): Promise<string> => {
    look(meter);
    for (const { flush } of counters.values()) flush();
    return registry.metrics();
  };
  const plain = async (): Promise<string> => plainText(await openMetrics());
  const accepted = async (accept = "", text?: string): Promise<MetricsText> => {
    const told = text ?? (await openMetrics());
    return prefersPlain(accept)
      ? { contentType: Registry.PROMETHEUS_CONTENT_TYPE, text: plainText(told) }
      : { contentType: Registry.OPENMETRICS_CONTENT_TYPE, text: told };
  };
  return { meter, openMetrics, plain, accepted };
};

type Counted = { readonly add: (labels: Labels, by: number) => void; readonly flush: () => void };
type Gauged = { readonly set: (labels: Labels, value: number) => void; readonly clear: () => void };
type Observed = {
  readonly open: (labels: Labels) => void;
  readonly observe: (labels: Labels, value: number, run: RunId | undefined) => void;
};

const counted = (registry: Kept, name: string, metric: Metric): Counted => {
  const counter = new Counter({ ...shapeOf(name, metric), registers: [registry] });
  // Some are counted ten thousand times a second; adding here first takes a fraction of what the package does.
  const series = seriesOf(metric, (labels) => ({ labels, by: 0 }));
  for (const labels of closedLabels(metric)) series.of(labels);
  return {
    add: (labels, by) => {
      series.of(labels).by += by;
    },
    flush: () => {
      for (const one of series.all()) {
        counter.inc(one.labels, one.by);
        one.by = 0;
      }
    },
  };
};

const gauged = (registry: Kept, name: string, metric: Metric): Gauged => {
  const gauge = new Gauge({ ...shapeOf(name, metric), registers: [registry] });
  const bounded = boundedLabels(metric);
  return { set: (labels, value) => gauge.set(bounded(labels), value), clear: () => gauge.reset() };
};

const observed = (
  registry: Kept,
  name: string,
  metric: Extract<Metric, { readonly type: "histogram" }>,
): Observed => {
  const { open, observe, values } = histogram(name, metric);
  const shape = shapeOf(name, metric);
  const get = () => Promise.resolve({ ...shape, type: "histogram", values: values() });
  // prom-client has the name, the place and the text format; what stands there is ours.
  Object.assign(new Histogram({ ...shape, registers: [registry] }), { get, getForPromString: get });
  if (!metric.exemplars) return { open, observe: (labels, value) => observe(labels, value) };
  const exemplarOf = exemplarsByRun();
  return { open, observe: (labels, value, run) => observe(labels, value, exemplarOf(run)) };
};

const shapeOf = (name: string, { help, labels }: Metric) => ({
  name,
  help,
  labelNames: Object.keys(labels),
});

/** What an exemplar says of each run; the last run is remembered, as most observations in a row are of the same. */
const exemplarsByRun = () => {
  let last: { readonly run: RunId; readonly labels: Labels } | undefined;
  return (run: RunId | undefined): Labels | undefined => {
    if (run === undefined) return undefined;
    if (last?.run !== run) last = { run, labels: { trace_id: traceIds(run, sha256).trace } };
    return last.labels;
  };
};

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
