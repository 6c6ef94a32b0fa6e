import type { DataSourceRef } from "@grafana/grafana-foundation-sdk/common";
import {
  DataqueryBuilder as PrometheusQuery,
  PromQueryFormat,
} from "@grafana/grafana-foundation-sdk/prometheus";
import { DataqueryBuilder as TempoQuery, type SearchTableType } from "@grafana/grafana-foundation-sdk/tempo";
import type { MetricName } from "../metrics/catalogue.ts";

/** Chosen by a variable of the dashboard: inputs in the manner of exported dashboards break provisioning by file. */
export const prometheus: DataSourceRef = { type: "prometheus", uid: "${prometheus}" };
export const tempo: DataSourceRef = { type: "tempo", uid: "${tempo}" };
export const loki: DataSourceRef = { type: "loki", uid: "${loki}" };

export type Query = {
  readonly expr: string;
  readonly legend: string;
  /** Shows the runs behind the numbers, each a link to its trace. */
  readonly exemplars?: boolean;
  readonly isHeatmap?: boolean;
};

const queryOf = ({ expr, legend, exemplars = false }: Query, index: number): PrometheusQuery =>
  new PrometheusQuery()
    .datasource(prometheus)
    .refId(String.fromCodePoint("A".charCodeAt(0) + index))
    .expr(expr)
    .legendFormat(legend)
    .exemplar(exemplars);

/** For what is drawn over time. */
export const drawn = (query: Query, index = 0): PrometheusQuery =>
  queryOf(query, index)
    .range()
    .format(query.isHeatmap === true ? PromQueryFormat.Heatmap : PromQueryFormat.TimeSeries);

/** For one look at the end of the time range. */
export const looked = (query: Query): PrometheusQuery =>
  queryOf(query, 0).instant().format(PromQueryFormat.TimeSeries);

const tracesAtMost = 50;
/** Of one trace; unless asked for more, Tempo shows three. `deploy/tempo` allows as many. */
export const spansAtMost = 500;

/** A table of the traces or spans that TraceQL finds. */
export const traced = (query: string, table: SearchTableType): TempoQuery =>
  new TempoQuery()
    .datasource(tempo)
    .refId("A")
    .queryType("traceql")
    .query(query)
    .limit(tracesAtMost)
    .spss(spansAtMost)
    .tableType(table);

/** A metric of the catalogue, or of prom-client, in the instances that the dashboard shows. */
export const series = (
  name: MetricName | `${MetricName}_${"bucket" | "sum" | "count"}` | `process_${string}` | `nodejs_${string}`,
  ...matchers: readonly string[]
): string => `${name}{${['instance=~"$instance"', ...matchers].join(",")}}`;

/** Per second, over a window that suits the resolution of the panel. */
export const rate = (selector: string): string => `rate(${selector}[$__rate_interval])`;

const byClause = (labels: readonly string[]): string =>
  labels.length === 0 ? "" : ` by (${labels.join(", ")})`;

export const sum = (expression: string, ...by: readonly string[]): string =>
  `sum${byClause(by)} (${expression})`;

type Histogram = { [Name in MetricName]: `${Name}_bucket` }[MetricName];

/** A quantile of a histogram. Nothing observed in the window gives no point. */
export const quantile = (share: number, bucket: Histogram, ...by: readonly string[]): string =>
  `histogram_quantile(${share}, ${sum(rate(series(bucket)), "le", ...by)})`;

/** The median of a histogram and a high quantile of it, whose exemplars lead to the traces of slow ones. */
export const medianAnd = (
  high: 0.95 | 0.99,
  bucket: Histogram,
  { by, exemplars = false }: { readonly by?: string; readonly exemplars?: boolean } = {},
): readonly Query[] => {
  const labels = by === undefined ? [] : [by];
  const whose = labels.map((label) => ` {{${label}}}`).join("");
  return [
    { expr: quantile(0.5, bucket, ...labels), legend: `p50${whose}` },
    { expr: quantile(high, bucket, ...labels), legend: `p${high * 100}${whose}`, exemplars },
  ];
};

/** A part of a whole that may be nothing: then there is no point, rather than a wrong one. */
export const part = (some: string, all: string): string => `(${some}) / ((${all}) > 0)`;
