import { coordinationMetrics } from "./coordination-metrics.ts";
import type { Metric } from "./metric.ts";
import { resourceMetrics } from "./resource-metrics.ts";
import { runMetrics } from "./run-metrics.ts";

/**
 * Every metric by name: what it counts, in which unit, its labels. The one place that knows; the registry, the page
 * `docs/metrics.md` and the checks of dashboards read it.
 */
export const catalogue = { ...runMetrics, ...coordinationMetrics, ...resourceMetrics };

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
