import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openMetrics, openSwarm, type Metrics, type Swarm } from "../../../index.ts";
import { catalogue } from "../../../observability/metrics/catalogue.ts";
import { traceQueries } from "../../../observability/grafana/trace-queries.ts";
import type { Metric } from "../../../observability/metrics/metric.ts";
import { scratchFolder } from "../../support/cli.ts";
import { mockProvider, type MockProvider } from "../../support/mock-provider.ts";
import { startOtlpReceiver, type OtlpReceiver } from "../../support/otlp-receiver.ts";
import { eventually, hasProgram } from "../../support/program.ts";
import { startPrometheus, type Prometheus } from "../../support/prometheus.ts";
import { writeTinyGguf } from "../../support/tiny-gguf.ts";
import { familyOf, metricsIn } from "./expressions.ts";
import { findingsOf, promqlOf, type DashboardFile, type Window } from "./panels.ts";
import { measuredTask } from "./task.ts";
import { busyProvider, crowdedTask, exportTrace, gradedTask, remoteTask } from "./workload.ts";

const folder = "deploy/grafana/dashboards";
const rulesFile = resolve("deploy/prometheus/swarm.rules.yaml");
const dashboards = readdirSync(folder).map((file): DashboardFile =>
  JSON.parse(readFileSync(join(folder, file), "utf8")),
);
const targets = promqlOf(dashboards);

// Of each scrape: a model is in memory for a moment only.
const residentBytes = 'max_over_time(sum(swarm_gpu_memory_bytes{kind="resident"})[10m:100ms])';

/** Of the agents of the measured task one has a model that never answers. */
const plannedAlert = "SwarmInferenceErrors";
/** What a busy machine brings about by itself. */
const machineAlerts = new Set([
  "SwarmEventLoopBlocked",
  "SwarmLogAppendSlow",
  "SwarmRaftCommitSlow",
  "SwarmTargetDown",
]);

type Rule = {
  readonly name: string;
  readonly query: string;
  readonly health: string;
  readonly lastError?: string;
};

describe.skipIf(!hasProgram("prometheus"))("runs scraped by a real Prometheus", () => {
  const runs: string[] = [];
  /** How many tasks take their turns. */
  let kinds = 0;
  let metrics: Metrics;
  let swarm: Swarm;
  let prometheus: Prometheus;
  let provider: MockProvider;
  let gate: MockProvider;
  let collector: OtlpReceiver;
  let window: Window;

  beforeAll(async () => {
    const home = scratchFolder((clean) => afterAll(clean));
    metrics = await openMetrics({ port: 0 });
    prometheus = await startPrometheus({ target: new URL(metrics.url).host, rules: [rulesFile] });
    swarm = openSwarm({ home, metrics });
    provider = await busyProvider();
    collector = await startOtlpReceiver();
    const latest = async (expr: string): Promise<number> => {
      const nowS = Date.now() / 1000;
      const [series] = await prometheus.range(expr, nowS, nowS);
      return series?.values.at(-1) ?? 0;
    };
    const scrapes = () => latest("count_over_time(up[1m])");
    const fromS = Date.now() / 1000;
    await eventually("a first scrape", async () => ((await scrapes()) > 0 ? true : undefined), {
      within: 60_000,
    });
    // Runs go on until enough was scraped while something happened: on a busy machine a scrape may miss what is there only while decisions are made.
    const untilS = fromS + 300;
    const [first, second] = ["first", "second"].map((name, at) =>
      writeTinyGguf(join(home, `${name}.gguf`), { seed: at + 1 }),
    );
    // Answers when a scrape has met a model in memory.
    gate = await mockProvider();
    gate.script(() => ({
      type: "later",
      after: eventually(
        "a scrape of a model in memory",
        async () => (await latest(residentBytes)) > 0 || undefined,
        { within: 60_000 },
      ),
      reply: { type: "text", text: "yes" },
    }));
    const crowded = crowdedTask(first ?? "", second ?? "", gate);
    // A rate misses what is counted before the first scrape of a series. With the measured task first it misses the same run of calls that fail and of those that do not, and their ratio stays.
    const tasks = [measuredTask, remoteTask(provider), crowded, gradedTask];
    kinds = tasks.length;
    let isEnough = false;
    while (!isEnough) {
      for (const task of tasks) {
        const { run } = await swarm.run(task, { allowCommands: true });
        runs.push(run);
        await exportTrace(swarm, run, { url: collector.url, diagnostics: metrics.diagnostics });
      }
      const toS = Date.now() / 1000;
      const isScraped = (await scrapes()) >= 24 && runs.length >= 2 * tasks.length;
      isEnough =
        toS > untilS || (isScraped && (await findingsOf(prometheus, targets, { fromS, toS })).length === 0);
    }
    const endS = Date.now() / 1000;
    await eventually(
      "a scrape of it all",
      async () => ((await latest("timestamp(up)")) > endS ? true : undefined),
      { within: 60_000 },
    );
    window = { fromS, toS: Date.now() / 1000 };
  });

  afterAll(async () => {
    await prometheus?.stop();
    await swarm?.close();
    await metrics?.close();
    await provider?.close();
    await gate?.close();
    await collector?.close();
  });

  test("every query of every panel executes and shows something", async () => {
    expect(targets.length).toBeGreaterThan(40);
    expect(await findingsOf(prometheus, targets, window)).toEqual([]);
  });

  test("every metric is exported, and shown by some panel", async () => {
    const exported = new Set(
      ((await prometheus.api("/api/v1/label/__name__/values")) as readonly string[]).map(familyOf),
    );
    const shown = new Set(targets.flatMap(({ expr }) => [...metricsIn(expr)].map(familyOf)));
    const names = Object.keys(catalogue);
    expect(names.filter((name) => !exported.has(name))).toEqual([]);
    expect(names.filter((name) => !shown.has(name))).toEqual([]);
  });

  test.each([
    ["a wrong metric", "swarm_runs_total", "swarm_run_total", "no metric swarm_run_total"],
    ["a wrong label", "by (outcome)", "by (outcomes)", "no label outcomes"],
    ["a wrong label in a matcher", 'outcome="done"', 'result="done"', "no label result"],
    ["a value that never comes", 'outcome="done"', 'outcome="dune"', "empty"],
    ["a bracket too few", ")", "", "parse error"],
    ["a wrong function", "rate(", "ratio(", "unknown function"],
  ])("%s is found", async (_, right, wrong, finding) => {
    const planted = targets
      .filter(({ expr }) => expr.includes(right) && expr.includes("swarm_runs_total"))
      .map((target) => ({ ...target, expr: target.expr.replace(right, wrong) }));
    expect(planted.length).toBeGreaterThan(0);
    const findings = await findingsOf(prometheus, planted, window);
    expect(findings.join("\n")).toContain(finding);
  });

  test("a legend of a label that is not there is found", async () => {
    const planted = targets
      .filter(({ legend }) => legend === "{{outcome}}")
      .map((target) => ({ ...target, legend: "{{result}}" }));
    expect((await findingsOf(prometheus, planted, window)).length).toBe(planted.length);
  });

  test("every alert is evaluated, names metrics that exist, and only those of planned faults are near", async () => {
    const { groups } = await eventually("an evaluation of all rules", async () => {
      const read = (await prometheus.api("/api/v1/rules")) as {
        groups: readonly { rules: readonly Rule[] }[];
      };
      return read.groups.every(({ rules }) => rules.every(({ health }) => health !== "unknown"))
        ? read
        : undefined;
    });
    const rules = groups.flatMap(({ rules }) => rules);
    expect(rules.length).toBeGreaterThan(10);
    expect(rules.filter(({ health }) => health !== "ok")).toEqual([]);
    const known = new Set((await prometheus.api("/api/v1/label/__name__/values")) as readonly string[]);
    expect(rules.flatMap(({ query }) => [...metricsIn(query)].filter((name) => !known.has(name)))).toEqual(
      [],
    );
    const unplanned = (alerts: readonly (string | undefined)[]) =>
      [...new Set(alerts)].filter((alert = "") => alert !== plannedAlert && !machineAlerts.has(alert));
    const fired = await prometheus.range(
      'ALERTS{alertstate="firing"}',
      window.fromS,
      Math.ceil(Date.now() / 1000),
    );
    expect(unplanned(fired.map(({ metric }) => metric["alertname"]))).toEqual([]);
    // A group that elects its first leader is near an alert for a moment; what is so at the end would fire.
    const near = await eventually("an evaluation that sees the planned faults", async () => {
      const { alerts } = (await prometheus.api("/api/v1/alerts")) as {
        alerts: readonly { labels: { alertname: string } }[];
      };
      const names = alerts.map(({ labels }) => labels.alertname);
      return names.includes(plannedAlert) ? names : undefined;
    });
    expect(unplanned(near)).toEqual([]);
  });

  test("exemplars lead to the traces of these runs", async () => {
    const traces = new Set(runs.map((run) => createHash("sha256").update(run).digest("hex").slice(0, 32)));
    const starred = Object.entries<Metric>(catalogue).flatMap(([name, metric]) =>
      metric.type === "histogram" && metric.exemplars ? [name] : [],
    );
    expect(starred.length).toBeGreaterThan(5);
    for (const name of starred) {
      const words = new URLSearchParams({
        query: `${name}_bucket`,
        start: String(window.fromS),
        end: String(window.toS + 60),
      });
      const found = (await prometheus.api(`/api/v1/query_exemplars?${words.toString()}`)) as readonly {
        exemplars: readonly { labels: { trace_id: string } }[];
      }[];
      const ids = found.flatMap(({ exemplars }) => exemplars.map(({ labels }) => labels.trace_id));
      expect(ids.length, name).toBeGreaterThan(0);
      expect(
        ids.filter((id) => !traces.has(id)),
        name,
      ).toEqual([]);
    }
  });

  test("memory, evictions, tries, cost and spans are those of the runs", async () => {
    const highest = async (expr: string): Promise<number> => {
      const series = await prometheus.range(expr, window.fromS, window.toS + 1);
      return Math.max(...series.flatMap(({ values }) => values));
    };
    const crowded = runs.length / kinds;
    // Of four steps all but the first make a model go.
    expect(await highest('sum(swarm_gpu_evictions_total{reason="room"})')).toBe(3 * crowded);
    expect(await highest(residentBytes)).toBeGreaterThan(1.5e6);
    expect(await highest('sum(swarm_gpu_memory_bytes{kind!="budget"})')).toBeLessThan(2.5 * 1024 ** 2);
    expect(await highest('swarm_inference_retries_total{reason="RATE_LIMITED"}')).toBe(crowded);
    // 20 tokens at a dollar a million and 3 at two.
    expect(await highest('swarm_inference_cost_usd_total{model="far"}')).toBeCloseTo(26e-6 * crowded, 9);
    expect(await highest('swarm_circuit_state{state="closed"}')).toBe(1);
    expect(await highest('swarm_otel_spans_total{result="sent"}')).toBe(collector.spans().length);
    expect(await highest('swarm_otel_spans_total{result!="sent"}')).toBe(0);
  });

  test("queries of traces name attributes that the spans of these runs have", () => {
    const known = new Set(collector.spans().flatMap(({ attributes }) => Object.keys(attributes)));
    const asked = Object.values(traceQueries).flatMap((query) =>
      Array.from(query.matchAll(/span\.([\w.]+)/g), ([, name = ""]) => name),
    );
    expect(asked.length).toBeGreaterThan(10);
    expect(asked.filter((name) => !known.has(name))).toEqual([]);
  });

  test("no name of a run, an instance of an agent or a subject is in a label", async () => {
    const response = await fetch(metrics.url);
    expect(response.headers.get("content-type")).toContain("application/openmetrics-text");
    const text = await response.text();
    const samples = text
      .split("\n")
      .filter((line) => !line.startsWith("#"))
      .map((line) => line.split(" # ")[0]);
    for (const run of runs) expect(samples.filter((line) => line?.includes(run))).toEqual([]);
    expect(samples.filter((line) => line?.includes("all[") || line?.includes("agent/"))).toEqual([]);
  });
});
