import { readFileSync } from "node:fs";
import { beforeAll, expect, test } from "vitest";
import { parse } from "yaml";
import type { TaskDefinition } from "../../../../index.ts";
import { dashboards, textOf } from "../../../../observability/grafana/dashboards.ts";
import { traceQueries } from "../../../../observability/grafana/trace-queries.ts";
import type { Span, SpanUnit } from "../../../../observability/span.ts";
import { spansOf } from "../../../../observability/spans/reader.ts";
import { readerDeps, recordOf } from "../../../support/recorded.ts";
import { matches } from "../../../support/span-filter.ts";

const task: TaskDefinition = {
  version: 1,
  name: "filtered",
  models: {
    sure: { provider: "scripted", replies: [{ text: "yes", confidence: 0.9 }] },
    unsure: { provider: "scripted", replies: [{ text: "no", confidence: 0.9 }] },
    broken: { provider: "scripted", replies: [{ when: "never said", text: "yes" }] },
  },
  agents: {
    a: { role: "r", model: "sure" },
    b: { role: "r", model: "unsure" },
    c: { role: "r", model: "broken" },
  },
  workflow: [
    {
      id: "all",
      map: {
        over: ["one", "two", "three", "four"],
        as: "it",
        do: [
          {
            id: "vote",
            decide: {
              question: "${{ it }}?",
              options: ["yes", "no"],
              voters: ["a", "b", "c"],
              rule: "majority",
              tier: "routine",
            },
          },
        ],
      },
    },
    {
      id: "graded",
      decide: {
        question: "?",
        options: ["yes", "no"],
        voters: ["a"],
        rule: "majority",
        truth: { command: ["./no-such-program"], passed: "yes", failed: "no" },
      },
    },
    { id: "lost", ask: "c", prompt: "?" },
  ],
  outputs: {},
};

let spans: readonly Span[] = [];
beforeAll(async () => {
  spans = [...spansOf(await recordOf(task), readerDeps)];
});

test.each<[keyof typeof traceQueries, SpanUnit | "any", number]>([
  ["recentRuns", "run", 1],
  ["failedRuns", "run", 1],
  ["failedAgents", "agent", 1],
  ["failedTools", "tool", 1],
  ["unsettled", "decision", 4],
  ["decisionsOfRun", "decision", 5],
  ["errorsOfRun", "any", 6],
])("%s takes spans of the unit %s, and all of them", (name, unit, atLeast) => {
  const taken = spans.filter((span) => matches(traceQueries[name], span));
  expect(taken.length).toBeGreaterThanOrEqual(atLeast);
  if (unit === "any") return;
  expect(new Set(taken.map((span) => span.unit))).toEqual(new Set([unit]));
  if (name === "decisionsOfRun" || name === "recentRuns")
    expect(taken.length).toBe(spans.filter((span) => span.unit === unit).length);
});

test.each<[keyof typeof traceQueries, SpanUnit, number]>([
  ["slowAgents", "agent", 1e6],
  ["slowCallsOfRun", "inference", 1e5],
])("%s takes spans of the unit %s only, and those of more than %i microseconds", (name, unit, limitUs) => {
  const taken = (us: number) =>
    spans.filter((span) => matches(traceQueries[name], { ...span, endUs: span.startUs + us }));
  expect(taken(limitUs + 1).length).toBeGreaterThan(0);
  expect(new Set(taken(limitUs + 1).map((span) => span.unit))).toEqual(new Set([unit]));
  expect(taken(limitUs)).toEqual([]);
});

test("an agent that abstained did not fail", () => {
  const voters = spans.filter(
    ({ unit, parentSpanId }) =>
      unit === "agent" &&
      spans.some((step) => step.spanId === parentSpanId && step.attributes["swarm.step.id"] === "vote"),
  );
  expect(voters.filter((span) => matches(traceQueries.failedAgents, span))).toEqual([]);
});

type Target = { readonly query?: string; readonly spss?: number };

test("tables ask for many spans of a trace, and the Tempo of the deployment allows it", () => {
  const { query_frontend } = parse(readFileSync("deploy/tempo/tempo.yaml", "utf8")) as {
    query_frontend: { search: { max_spans_per_span_set: number } };
  };
  const targets = dashboards.flatMap((dashboard) =>
    (JSON.parse(textOf(dashboard)) as { panels: readonly { targets?: readonly Target[] }[] }).panels.flatMap(
      (panel) => (panel.targets ?? []).filter(({ query }) => query !== undefined),
    ),
  );
  expect(targets.length).toBeGreaterThan(5);
  for (const { query, spss = 3 } of targets) {
    expect(spss, query).toBeGreaterThanOrEqual(200);
    expect(spss, query).toBeLessThanOrEqual(query_frontend.search.max_spans_per_span_set);
  }
});
