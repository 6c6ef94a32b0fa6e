import { hash } from "node:crypto";
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { runId } from "../../../../coordination/protocol/ids.ts";
import { boundedNames, namesAtMost, otherName } from "../../../../observability/metrics/bounded-names.ts";
import { brierMarks } from "../../../../observability/metrics/calibration.ts";
import { catalogue } from "../../../../observability/metrics/catalogue.ts";
import type { Metric } from "../../../../observability/metrics/metric.ts";
import { metricsRegistry } from "../../../../observability/metrics/registry.ts";

const registry = () => metricsRegistry("1.2.3", () => undefined);

describe("names in labels", () => {
  test("are never more than the bound and one", () => {
    fc.assert(
      fc.property(fc.array(fc.string()), (names) => {
        const keep = boundedNames();
        const kept = names.map(keep);
        expect(new Set(kept).size).toBeLessThanOrEqual(namesAtMost + 1);
        // A name that was kept once is kept for good.
        expect(names.map(keep)).toEqual(
          kept.map((name, at) => (name === otherName ? keep(names[at] ?? "") : name)),
        );
      }),
    );
  });

  test("are cut to the bound in what is exported", async () => {
    const { meter, openMetrics } = registry();
    for (let agent = 0; agent < 100; agent += 1)
      meter.count("swarm_agent_restarts_total", { role: `agent ${agent}`, reason: "Error" });
    const lines = (await openMetrics())
      .split("\n")
      .filter((line) => line.startsWith("swarm_agent_restarts_total{"));
    expect(lines).toHaveLength(namesAtMost + 1);
    expect(lines.at(-1)).toBe(`swarm_agent_restarts_total{role="other",reason="Error"} ${100 - namesAtMost}`);
  });

  test("are cut to the bound in gauges, too", async () => {
    const { meter, plain } = registry();
    for (let node = 0; node < 100; node += 1) meter.set("swarm_raft_term", { node: String(node) }, node);
    const lines = (await plain()).split("\n").filter((line) => line.startsWith("swarm_raft_term{"));
    expect(lines).toHaveLength(namesAtMost + 1);
    expect(lines.at(-1)).toBe('swarm_raft_term{node="other"} 99');
  });

  test("are kept apart, however they are spelt", async () => {
    const { meter, plain } = registry();
    for (const labels of [
      { node: "1", peer: "12" },
      { node: "11", peer: "2" },
    ])
      meter.observe("swarm_raft_append_rtt_seconds", labels, 1);
    const text = await plain();
    expect(text).toContain('swarm_raft_append_rtt_seconds_count{node="1",peer="12"} 1\n');
    expect(text).toContain('swarm_raft_append_rtt_seconds_count{node="11",peer="2"} 1\n');
  });
});

test("the beginning of a long name is kept, and each name is its own", () => {
  const keep = boundedNames();
  expect(keep("a".repeat(5000))).toBe("a".repeat(96));
  expect(keep("ann")).toBe("ann");
});

test("of more graded voters than the bound the others share one score", async () => {
  const { meter, openMetrics } = registry();
  const mark = brierMarks(meter);
  for (let voter = 0; voter < namesAtMost; voter += 1) mark(`v${voter}`, 1, true);
  mark("late", 1, false);
  mark("later", 0.5, false);
  expect(await openMetrics()).toContain('swarm_calibration_brier_ratio{role="other"} 0.625\n');
});

describe("what is exported", () => {
  test("has every counter with known labels at 0 from the start", async () => {
    const text = await registry().openMetrics();
    for (const [name, metric] of Object.entries<Metric>(catalogue)) {
      expect(text, name).toContain(
        `# TYPE ${name.replace(/_total$/, "")} ${metric.type}\n`.replace(
          /^# TYPE (\S+) /,
          (_, short: string) => `# TYPE ${metric.type === "counter" ? short : name} `,
        ),
      );
      if (metric.type !== "counter" || Object.values(metric.labels).includes("named")) continue;
      expect(
        text
          .split("\n")
          .filter((line) => line.startsWith(name))
          .every((line) => line.endsWith(" 0")),
        name,
      ).toBe(true);
      expect(text, name).toMatch(new RegExp(`^${name}(\\{.*\\})? 0$`, "m"));
    }
  });

  test("has histograms of few known labels at 0 from the start", async () => {
    const text = await registry().openMetrics();
    expect(text).toContain('swarm_step_duration_seconds_count{kind="ask",outcome="failed"} 0\n');
    expect(text).not.toContain("swarm_decision_duration_seconds_count");
  });

  test("is what it was earlier for whoever is to get that", async () => {
    const { accepted } = registry();
    expect((await accepted(undefined, "as it was")).text).toBe("as it was");
  });

  test("points to the run's trace, and ends as OpenMetrics does", async () => {
    const { meter, openMetrics } = registry();
    meter.observe("swarm_raft_commit_duration_seconds", {}, 0.003, runId("20261121-095512-k3f9a2xq"));
    const text = await openMetrics();
    expect(text).toMatch(
      /^swarm_raft_commit_duration_seconds_bucket\{le="0\.005"\} 1 # \{trace_id="[0-9a-f]{32}"\} 0\.003 /m,
    );
    expect(text.endsWith("# EOF\n")).toBe(true);
  });

  test("points to the trace of its own run, at its own time in seconds, where one process drives several", async () => {
    const { meter, openMetrics } = registry();
    const fromS = Date.now() / 1000;
    for (const [name, at] of [
      ["one", 0.003],
      ["two", 0.3],
      ["one", 2],
    ] as const)
      meter.observe("swarm_raft_commit_duration_seconds", {}, at, runId(name));
    const exemplar = /_bucket\{le="([\d.]+)"\} \d+ # \{trace_id="(\w+)"\} ([\d.]+) ([\d.]+)$/gm;
    const found = [...(await openMetrics()).matchAll(exemplar)].map(([, , trace, value, time]) => {
      expect(Number(time)).toBeGreaterThanOrEqual(fromS - 1);
      expect(Number(time)).toBeLessThan(fromS + 3600);
      return [trace, Number(value)];
    });
    const traceOf = (run: string) => hash("sha256", run, "hex").slice(0, 32);
    expect(found).toEqual([
      [traceOf("one"), 0.003],
      [traceOf("two"), 0.3],
      [traceOf("one"), 2],
    ]);
  });

  test("has a bound of a bucket at every limit that an alert knows, so that none is guessed", () => {
    const rules = readFileSync("deploy/prometheus/swarm.rules.yaml", "utf8");
    const limits = [
      ...rules.matchAll(/histogram_quantile\([\d.]+, sum by \([^)]*\) \(rate\((\w+)_bucket.*> ([\d.]+)$/gm),
    ];
    expect(limits.length).toBeGreaterThan(2);
    for (const [, name = "", limit] of limits) {
      const metric = Object.entries<Metric>(catalogue).find(([each]) => each === name)?.[1];
      expect(metric?.type === "histogram" ? metric.buckets : [], name).toContain(Number(limit));
    }
  });

  test("has nothing of the package that is named like a counter and is none", async () => {
    const text = await registry().openMetrics();
    for (const [, name] of text.matchAll(/^# TYPE (\S+) gauge$/gm)) expect(name).not.toMatch(/_total$/);
  });

  test.each([
    [undefined, "application/openmetrics-text"],
    ["*/*", "application/openmetrics-text"],
    ["application/openmetrics-text;version=1.0.0,text/plain;q=0.5", "application/openmetrics-text"],
    ["text/plain;version=0.0.4;q=1,*/*;q=0.1", "text/plain"],
    ["text/plain;q=1,application/openmetrics-text;q=0", "text/plain"],
    ["text/plain;q=0.5, application/openmetrics-text; version=1.0.0; q=0.4", "text/plain"],
    ["text/plain,application/*;q=0.9", "text/plain"],
    ["text/plain; q=0.9, application/openmetrics-text; q=0.8", "text/plain"],
    ["text/plain,*/*", "application/openmetrics-text"],
    ["text/plain;q=high,application/openmetrics-text;q=0.5", "text/plain"],
    ["Text/Plain;Q=1,application/openmetrics-text;Q=0.5", "text/plain"],
    ["application/openmetrics-text;q=0.5", "application/openmetrics-text"],
    ["application/json", "application/openmetrics-text"],
  ])("is in a format that is asked for: %s", async (accept, type) => {
    const { meter, accepted } = registry();
    meter.observe("swarm_raft_commit_duration_seconds", {}, 0.003, runId("r"));
    const { contentType, text } = await accepted(accept);
    expect(contentType).toContain(`${type};`);
    expect(text.includes("trace_id")).toBe(type !== "text/plain");
  });

  test("is the same in the older format, before and after, but for exemplars and the names of counters", async () => {
    const { meter, openMetrics, plain } = registry();
    meter.observe("swarm_raft_commit_duration_seconds", {}, 0.003, runId("r"));
    meter.count("swarm_runs_total", { outcome: "done" });
    for (const text of [await plain(), (await openMetrics(), await plain())]) {
      expect(text).toContain("# TYPE swarm_runs_total counter\n");
      expect(text).toContain('swarm_runs_total{outcome="done"} 1\n');
      expect(text).toMatch(/^swarm_raft_commit_duration_seconds_bucket\{le="0\.005"\} 1$/m);
      expect(text).not.toContain("trace_id");
      expect(text).not.toContain("# EOF");
    }
  });
});
