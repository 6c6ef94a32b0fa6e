import { expect, test } from "vitest";
import { dashboards, textOf } from "../../../../observability/grafana/dashboards.ts";
import { catalogue } from "../../../../observability/metrics/catalogue.ts";
import type { Metric } from "../../../../observability/metrics/metric.ts";

type Target = { readonly expr?: string; readonly legendFormat?: string; readonly exemplar?: boolean };
type Panel = {
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly targets?: readonly Target[];
  readonly datasource?: { readonly type?: string };
  readonly options?: { readonly yAxis?: { readonly unit?: string } };
  readonly fieldConfig?: {
    readonly defaults: {
      readonly unit?: string;
      readonly thresholds?: { readonly steps: readonly { readonly value: number | null; color: string }[] };
    };
    readonly overrides?: readonly unknown[];
  };
};
type Variable = { readonly name: string; readonly query?: unknown; readonly multi?: boolean };
const files = dashboards.map(
  (dashboard) =>
    JSON.parse(textOf(dashboard)) as {
      uid: string;
      time: unknown;
      panels: readonly Panel[];
      templating: { list: readonly Variable[] };
    },
);
const panels = files.flatMap(({ panels }) => panels);
const shown = panels.flatMap((panel) =>
  (panel.targets ?? []).flatMap(({ expr, legendFormat: legend = "", exemplar = false }) =>
    expr === undefined || panel.datasource?.type !== "prometheus" ? [] : [{ panel, expr, legend, exemplar }],
  ),
);

/** The unit that the name of a metric asks for, by what is done with it; `undefined` where that does not tell. */
const unitFor = (expr: string): string | undefined => {
  if (/swarm_inference_cost_usd_total/.test(expr)) return "currencyUSD";
  if (/_ratio(_bucket)?\{/.test(expr)) return /brier/.test(expr) ? "short" : "percentunit";
  if (/_seconds_bucket\{|_p99_seconds\{/.test(expr)) return "s";
  if (/_bytes\{/.test(expr)) return "bytes";
  if (/ \/ /.test(expr)) return "percentunit";
  return /^sum.*\(rate\(\w+_(total|count)\{/.test(expr) && !/_seconds_total\{/.test(expr) ? "ops" : undefined;
};

test("every number has the unit of what it counts", () => {
  expect(shown.filter(({ expr }) => unitFor(expr) !== undefined).length).toBeGreaterThan(35);
  for (const { panel, expr } of shown) {
    const { yAxis } = panel.options ?? {};
    const unit = panel.type === "heatmap" ? yAxis?.unit : panel.fieldConfig?.defaults.unit;
    expect(unit, `${panel.title}: ${expr}`).toBe(unitFor(expr) ?? unit);
  }
  // A rate is by the second.
  for (const { panel, expr } of shown)
    expect(/ an hour/.test(panel.description ?? ""), panel.title).toBe(expr.endsWith("* 3600"));
});

test("a percentile is the one that its words name", () => {
  const named = shown.flatMap(({ panel, expr, legend }) => {
    const [, percent] = /\bp(\d\d)\b/.exec(/^p\d/.test(legend) ? legend : panel.title) ?? [];
    return percent === undefined || !expr.includes("_bucket") ? [] : [{ percent, expr }];
  });
  expect(named.length).toBeGreaterThan(15);
  for (const { percent, expr } of named)
    expect(expr).toMatch(new RegExp(`^histogram_quantile\\(0\\.${percent.replace(/0$/, "")},`));
});

test("every metric with exemplars leads to traces from some panel, and no other does", () => {
  const leading = new Set(
    shown.flatMap(({ expr, exemplar }) =>
      exemplar ? Array.from(expr.matchAll(/(\w+)_bucket\{/g), ([, name = ""]) => name) : [],
    ),
  );
  const starred = Object.entries<Metric>(catalogue).flatMap(([name, metric]) =>
    metric.type === "histogram" && metric.exemplars ? [name] : [],
  );
  expect([...leading].toSorted()).toEqual(starred.toSorted());
});

test("only the instances that are chosen are shown, of which there may be several", () => {
  for (const { expr } of shown)
    for (const [selector] of expr.matchAll(/\{[^}]*\}/g)) expect(selector).toContain('instance=~"$instance"');
  for (const { uid, templating } of files) {
    const instance = templating.list.find(({ name }) => name === "instance");
    if (uid === "swarm-run") expect(instance).toBeUndefined();
    else expect(instance).toMatchObject({ query: "label_values(swarm_build_info, instance)", multi: true });
  }
});

test("the time that is shown ends now", () => {
  for (const { uid, time } of files) expect(time, uid).toEqual({ from: "now-1h", to: "now" });
});

test("a share of nothing is no point", () => {
  const shares = shown.filter(({ expr }) => expr.includes(" / "));
  expect(shares.length).toBeGreaterThan(1);
  for (const { expr } of shares) expect(expr).toMatch(/ \/ \(\(.*\) > 0\)$/);
});

test("what is below the first good limit is bad, and what is below the first bad one is good", () => {
  const limited = panels.flatMap(({ title, fieldConfig }) => {
    const { steps = [] } = fieldConfig?.defaults.thresholds ?? {};
    return steps.length > 1 ? [{ title, colours: steps.map(({ color }) => color) }] : [];
  });
  expect(limited.length).toBeGreaterThan(5);
  for (const { title, colours } of limited)
    expect(new Set([colours[0], colours.at(-1)]), title).toEqual(new Set(["green", "red"]));
});

test("the id of a trace opens its run, at the time that is looked at", () => {
  const run = files.find(({ uid }) => uid === "swarm-run");
  expect(run?.templating.list.map(({ name }) => name)).toContain("traceId");
  const tables = panels.filter(({ fieldConfig }) => (fieldConfig?.overrides ?? []).length > 0);
  expect(tables.length).toBeGreaterThan(4);
  for (const { title, fieldConfig } of tables)
    expect(fieldConfig?.overrides, title).toMatchObject([
      {
        matcher: { id: "byName", options: "traceID" },
        properties: [{ value: [{ url: "/d/swarm-run?var-traceId=${__value.raw}&${__url_time_range}" }] }],
      },
    ]);
});
