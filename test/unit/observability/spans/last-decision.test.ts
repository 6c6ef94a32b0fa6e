import { beforeAll, expect, test } from "vitest";
import { failuresIn } from "../../../../cli/trace/failures.ts";
import type { Row, TaskDefinition } from "../../../../index.ts";
import type { Span } from "../../../../observability/span.ts";
import { spansOf } from "../../../../observability/spans/reader.ts";
import { readerDeps, recordOf } from "../../../support/recorded.ts";

/** The run ends with the decision, before its voters were told to stop. */
const taskOf = (more: { readonly truth?: string } = {}): TaskDefinition => ({
  version: 1,
  name: "voted",
  models: { m: { provider: "scripted", replies: [{ text: "yes", confidence: 0.9 }] } },
  agents: { a: { role: "r", model: "m" }, b: { role: "r", model: "m" }, c: { role: "r", model: "m" } },
  workflow: [
    {
      id: "vote",
      decide: {
        question: "Well?",
        options: ["yes", "no"],
        voters: ["a", "b", "c"],
        rule: "majority",
        ...more,
      },
    },
  ],
  outputs: {},
});

let rows: readonly { readonly row: Row }[] = [];
beforeAll(async () => void (rows = await recordOf(taskOf())));

const agentsOf = (spans: readonly Span[]): readonly Span[] => spans.filter(({ unit }) => unit === "agent");

test("who has voted is done when the run is, and says what it used", () => {
  const spans = [...spansOf(rows, readerDeps)];
  expect(agentsOf(spans)).toHaveLength(3);
  for (const { attributes } of agentsOf(spans)) {
    expect(attributes).not.toHaveProperty("swarm.unfinished");
    expect(attributes["gen_ai.usage.input_tokens"]).toBeGreaterThan(0);
    expect(attributes["gen_ai.usage.output_tokens"]).toBeGreaterThan(0);
  }
  expect(failuresIn(spans)).toEqual([]);
});

test("where the record breaks off, all of them may go on", () => {
  const spans = [...spansOf(rows.slice(0, -1), readerDeps)];
  expect(agentsOf(spans).map(({ attributes }) => attributes["swarm.unfinished"])).toEqual([true, true, true]);
  for (const { attributes } of agentsOf(spans))
    expect(attributes["gen_ai.usage.input_tokens"]).toBeGreaterThan(0);
  const found = failuresIn(spans).map(({ what, code, count }) => [what, code, count]);
  expect(new Set(found)).toEqual(
    new Set([
      ["agent a", "unfinished", 1],
      ["agent b", "unfinished", 1],
      ["agent c", "unfinished", 1],
    ]),
  );
});

test("what is said of a decision that is over lies in it, too", async () => {
  const spans = [...spansOf(await recordOf(taskOf({ truth: "yes" })), readerDeps)];
  const decision = spans.find(({ unit }) => unit === "decision");
  const proposals = spans.filter(({ unit }) => unit === "propose");
  expect(decision?.attributes["swarm.decision.quorum"]).toBe(2);
  expect(proposals.map(({ attributes }) => attributes["swarm.raft.entry.type"])).toContain("decision.graded");
  expect(new Set(proposals.map(({ parentSpanId }) => parentSpanId))).toEqual(new Set([decision?.spanId]));
});
