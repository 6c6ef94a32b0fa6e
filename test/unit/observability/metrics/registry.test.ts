import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { runId } from "../../../../coordination/protocol/ids.ts";
import { boundedNames, namesAtMost, otherName } from "../../../../observability/metrics/bounded-names.ts";
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

  test("points to the run's trace, and ends as OpenMetrics does", async () => {
    const { meter, openMetrics } = registry();
    meter.observe("swarm_raft_commit_duration_seconds", {}, 0.003, runId("20261121-095512-k3f9a2xq"));
    const text = await openMetrics();
    expect(text).toMatch(
      /^swarm_raft_commit_duration_seconds_bucket\{le="0\.005"\} 1 # \{trace_id="[0-9a-f]{32}"\} 0\.003 /m,
    );
    expect(text.endsWith("# EOF\n")).toBe(true);
  });

  test.each([
    [undefined, "application/openmetrics-text"],
    ["*/*", "application/openmetrics-text"],
    ["application/openmetrics-text;version=1.0.0,text/plain;q=0.5", "application/openmetrics-text"],
    ["text/plain;version=0.0.4;q=1,*/*;q=0.1", "text/plain"],
    ["text/plain;q=1,application/openmetrics-text;q=0", "text/plain"],
    ["text/plain;q=0.5, application/openmetrics-text; version=1.0.0; q=0.4", "text/plain"],
    ["text/plain,application/*;q=0.9", "text/plain"],
    ["text/plain,*/*", "application/openmetrics-text"],
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
