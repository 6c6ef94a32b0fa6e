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
import { boundedNames } from "./bounded-names.ts";
import { catalogue } from "./catalogue.ts";
import type { LabelValues, Metric } from "./metric.ts";
import type { Meter } from "./meter.ts";
import { plainText } from "./plain-text.ts";

type Labels = Readonly<Record<string, string>>;
type Kept = Registry<OpenMetricsContentType>;

export const openMetricsType = Registry.OPENMETRICS_CONTENT_TYPE;

export type MetricsRegistry = {
  readonly meter: Meter;
  /** All metrics as they are now, in the OpenMetrics text format, with exemplars. */
  readonly openMetrics: () => Promise<string>;
  /** The same in the older text format, which files are read in; it has no exemplars. */
  readonly plain: () => Promise<string>;
};

/** Keeps what is measured, by prom-client. `look` is called before all is read. */
export const metricsRegistry = (version: string, look: (meter: Meter) => void): MetricsRegistry => {
  const registry = new Registry<OpenMetricsContentType>();
  registry.setContentType(openMetricsType);
  collectDefaultMetrics({ register: registry });
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
    observe: (name, labels, value, run) => histograms.get(name)?.(labels, value, run),
    set: (name, labels, value) => gauges.get(name)?.set(labels, value),
    clear: (name) => gauges.get(name)?.clear(),
  };
  meter.set("swarm_build_info", { version, node: process.version }, 1);
  const openMetrics = (): Promise<string> => {
    look(meter);
    for (const { flush } of counters.values()) flush();
    return registry.metrics();
  };
  return { meter, openMetrics, plain: async () => plainText(await openMetrics()) };
};

type Counted = { readonly add: (labels: Labels, by: number) => void; readonly flush: () => void };
type Gauged = { readonly set: (labels: Labels, value: number) => void; readonly clear: () => void };
type Observed = (labels: Labels, value: number, run: RunId | undefined) => void;

const counted = (registry: Kept, name: string, metric: Metric): Counted => {
  const labelNames = Object.keys(metric.labels);
  const counter = new Counter({ name, help: metric.help, labelNames, registers: [registry] });
  for (const labels of closedLabels(metric)) counter.inc(labels, 0);
  const bounded = boundedLabels(metric);
  // Some are counted ten thousand times a second; adding here first takes a fraction of what the package does.
  const pending = new Map<string, { readonly labels: Labels; by: number }>();
  return {
    add: (labels, by) => {
      let key = "";
      for (const label of labelNames) key += `${labels[label] ?? ""}\u0000`;
      const known = pending.get(key);
      if (known === undefined) pending.set(key, { labels: bounded(labels), by });
      else known.by += by;
    },
    flush: () => {
      for (const { labels, by } of pending.values()) counter.inc(labels, by);
      pending.clear();
    },
  };
};

const gauged = (registry: Kept, name: string, metric: Metric): Gauged => {
  const labelNames = Object.keys(metric.labels);
  const gauge = new Gauge({ name, help: metric.help, labelNames, registers: [registry] });
  const bounded = boundedLabels(metric);
  return { set: (labels, value) => gauge.set(bounded(labels), value), clear: () => gauge.reset() };
};

/** A histogram has a dozen series for each combination of labels: more than so many wait until they are used. */
const emptyHistogramsAtMost = 8;

const observed = (
  registry: Kept,
  name: string,
  metric: Extract<Metric, { readonly type: "histogram" }>,
): Observed => {
  const { help, exemplars } = metric;
  const labelNames = Object.keys(metric.labels);
  const buckets = [...metric.buckets];
  const shape = { name, help, labelNames, buckets, registers: [registry] };
  const bounded = boundedLabels(metric);
  const closed = closedLabels(metric);
  const histogram = new Histogram({ ...shape, enableExemplars: exemplars });
  if (labelNames.length > 0 && closed.length <= emptyHistogramsAtMost)
    for (const labels of closed) histogram.zero(labels);
  if (!exemplars) return (labels, value) => histogram.observe(bounded(labels), value);
  const exemplarOf = exemplarsByRun();
  return (labels, value, run) =>
    histogram.observe({ labels: bounded(labels), value, exemplarLabels: exemplarOf(run) });
};

/** Every combination of the values that labels can have; none where one of them is a name. */
const closedLabels = ({ labels }: Metric): readonly Labels[] =>
  Object.entries<LabelValues>(labels).reduce<readonly Labels[]>(
    (combinations, [label, values]) =>
      values === "named"
        ? []
        : combinations.flatMap((combination) => values.map((value) => ({ ...combination, [label]: value }))),
    [{}],
  );

const boundedLabels = ({ labels }: Metric): ((labels: Labels) => Labels) => {
  const named = Object.entries<LabelValues>(labels).flatMap(([label, values]) =>
    values === "named" ? [[label, boundedNames()] as const] : [],
  );
  if (named.length === 0) return (values) => values;
  return (values) => {
    const bounded: Record<string, string> = { ...values };
    for (const [label, keep] of named) bounded[label] = keep(bounded[label] ?? "");
    return bounded;
  };
};

const noExemplar: Labels = {};

/** What an exemplar says of each run; the last run is remembered, as most observations in a row are of the same. */
const exemplarsByRun = () => {
  let last: { readonly run: RunId; readonly labels: Labels } | undefined;
  return (run: RunId | undefined): Labels => {
    if (run === undefined) return noExemplar;
    if (last?.run !== run) last = { run, labels: { trace_id: traceIds(run, sha256).trace } };
    return last.labels;
  };
};

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
