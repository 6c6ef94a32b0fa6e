import type { Prometheus } from "../../support/prometheus.ts";
import { labelsIn, metricsIn } from "./expressions.ts";

/** What a check of dashboards reads of their files. */
export type DashboardFile = {
  readonly title: string;
  readonly panels: readonly {
    readonly title: string;
    readonly type: string;
    readonly targets?: readonly {
      readonly expr?: string;
      readonly query?: string;
      readonly legendFormat?: string;
      readonly datasource?: { readonly type: string; readonly uid: string };
    }[];
  }[];
};

export type PromqlTarget = { readonly panel: string; readonly expr: string; readonly legend: string };

export const promqlOf = (dashboards: readonly DashboardFile[]): readonly PromqlTarget[] =>
  dashboards.flatMap(({ title, panels }) =>
    panels.flatMap((panel) =>
      (panel.targets ?? []).flatMap(({ expr, legendFormat = "", datasource }) =>
        expr === undefined || datasource?.type !== "prometheus"
          ? []
          : [{ panel: `${title}: ${panel.title}`, expr, legend: legendFormat }],
      ),
    ),
  );

export type Window = { readonly fromS: number; readonly toS: number };

/** As Grafana would fill it in, for a short run. */
export const filledIn = (expr: string, { fromS, toS }: Window): string =>
  expr
    .replaceAll("$__rate_interval", "3s")
    .replaceAll("$__range", `${Math.ceil(toS - fromS)}s`)
    .replaceAll("$instance", ".*");

/** What is wrong with the queries of panels, held against a Prometheus that has scraped a run; none, if all is well. */
export const findingsOf = async (
  prometheus: Prometheus,
  targets: readonly PromqlTarget[],
  window: Window,
): Promise<readonly string[]> => {
  const known = new Set((await prometheus.api("/api/v1/label/__name__/values")) as readonly string[]);
  const labelsOfMetric = new Map<string, ReadonlySet<string>>();
  const labelsOf = async (metric: string): Promise<ReadonlySet<string>> => {
    const found = labelsOfMetric.get(metric);
    if (found !== undefined) return found;
    const words = new URLSearchParams({ "match[]": metric });
    const series = (await prometheus.api(`/api/v1/series?${words.toString()}`)) as readonly Record<
      string,
      string
    >[];
    const labels = new Set(series.flatMap((each) => Object.keys(each)));
    labelsOfMetric.set(metric, labels);
    return labels;
  };
  const findings: string[] = [];
  for (const { panel, expr, legend } of targets) {
    const complain = (what: string): void => void findings.push(`${panel}: ${what}: ${expr}`);
    let series;
    try {
      series = await prometheus.range(filledIn(expr, window), window.fromS, window.toS);
    } catch (error) {
      complain(error instanceof Error ? error.message : String(error));
      continue;
    }
    const metrics = [...metricsIn(expr)];
    for (const metric of metrics.filter((name) => !known.has(name))) complain(`no metric ${metric}`);
    const labels = new Set((await Promise.all(metrics.map(labelsOf))).flatMap((each) => [...each]));
    for (const label of labelsIn(expr)) if (!labels.has(label)) complain(`no label ${label}`);
    for (const [, label = ""] of legend.matchAll(/\{\{(\w+)\}\}/g))
      if (!series.some(({ metric }) => label in metric)) complain(`no label ${label} for the legend`);
    if (!series.some(({ values }) => values.some(Number.isFinite))) complain("empty");
  }
  return findings;
};
