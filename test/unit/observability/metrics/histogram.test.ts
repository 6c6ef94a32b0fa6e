import fc from "fast-check";
import { Histogram, Registry } from "prom-client";
import { expect, test } from "vitest";
import { histogram } from "../../../../observability/metrics/histogram.ts";

const metric = {
  type: "histogram",
  help: "How long.",
  labels: { kind: ["a", "b"], name: "named" },
  source: "rows",
  buckets: [0.1, 1, 10],
  exemplars: true,
} as const;
const shape = { name: "took_seconds", help: metric.help, labelNames: ["kind", "name"] };

/** The text of a registry with one histogram, the moments of exemplars left out. */
const textOf = async (fill: (registry: Registry<typeof Registry.OPENMETRICS_CONTENT_TYPE>) => void) => {
  const registry = new Registry<typeof Registry.OPENMETRICS_CONTENT_TYPE>();
  registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  fill(registry);
  return (await registry.metrics()).replace(/(# \{.*\} \S+) \S+$/gm, "$1");
};

const observation = fc.record({
  labels: fc.record({ kind: fc.constantFrom("a", "b"), name: fc.constantFrom("x", 'y"\\', "") }),
  value: fc.oneof(fc.constantFrom(0, 0.1, 1, 10, 11), fc.double({ min: 0, max: 20, noNaN: true })),
  exemplar: fc.option(fc.record({ trace_id: fc.constantFrom("t1", "t2") }), { nil: undefined }),
});

test("a histogram is told as prom-client tells its own", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(observation), async (observations) => {
      const ours = await textOf((registry) => {
        const { observe, values } = histogram(shape.name, metric);
        for (const { labels, value, exemplar } of observations) observe(labels, value, exemplar);
        const get = () => Promise.resolve({ ...shape, type: "histogram", values: values() });
        Object.assign(new Histogram({ ...shape, registers: [registry] }), { get, getForPromString: get });
      });
      const theirs = await textOf((registry) => {
        const own = new Histogram({
          ...shape,
          buckets: [...metric.buckets],
          registers: [registry],
          enableExemplars: true,
        });
        for (const { labels, value, exemplar } of observations)
          own.observe({ labels, value, exemplarLabels: exemplar ?? {} });
      });
      expect(ours).toBe(theirs);
    }),
  );
});

test("names that tasks make up share one series once there are too many, however often each comes", () => {
  const { observe, values } = histogram(shape.name, metric);
  for (let round = 0; round < 2; round += 1)
    for (let at = 0; at < 3000; at += 1) observe({ kind: "a", name: `n${at}` }, 0.5);
  const counts = values().filter(({ metricName }) => metricName === `${shape.name}_count`);
  expect(counts).toHaveLength(33);
  expect(counts.at(-1)).toMatchObject({ labels: { kind: "a", name: "other" }, value: 2 * (3000 - 32) });
});
