import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { groupResult } from "../../../../actors/workflow/group.ts";
import { parseMarkdown, renderMarkdown } from "../../../../actors/workflow/markdown.ts";
import { renderer } from "../../../../actors/workflow/scope.ts";
import type { Json } from "../../../../coordination/protocol/json.ts";
import { loadTask } from "../../../../cli/task/load.ts";

const path = fileURLToPath(new URL("../../../../docs/examples/triage/task.yaml", import.meta.url));
const voters = ["auth", "database", "network", "storage", "application"];

/** A judged line as a map step leaves it; every seventh is not settled, every eleventh blank. */
const judged = (text: string, index: number): Json => {
  const item = { number: index + 1, text };
  if (index % 11 === 10) return { index, item, steps: { area: null, severity: null } };
  const word = ["info", "info", "warning", "error", "critical"][index % 5] ?? "info";
  const settled = index % 7 !== 0;
  const ballots = voters.map((voter, place) => ({
    voter,
    option: place === 4 ? "info" : word,
    confidence: 0.8,
  }));
  const severity = {
    winner: settled ? word : null,
    settled,
    recommendation: word,
    reason: settled ? null : "below-threshold",
    share: 0.8,
    confidence: 0.91,
    ballots,
    dissent: ballots.filter(({ option }) => option !== word),
  };
  return { index, item, steps: { area: { output: voters[index % 5] ?? "auth" }, severity } };
};

test("the triage report stays readable for 2,000 lines and keeps hostile lines in their cells", async () => {
  const { plan } = await loadTask(path, { inputs: {}, cwd: "/" });
  const log = readFileSync(
    new URL("../../../../docs/examples/triage/system.log", import.meta.url),
    "utf8",
  ).split("\n");
  const texts = Array.from({ length: 2000 }, (_, index) =>
    index % 50 === 4
      ? `evil | cell <script> \u001b[31m ${"x".repeat(5000)}`
      : `${log[index % log.length] ?? ""} v${index}`,
  );
  const items = texts.map(judged);
  const base = {
    inputs: { log: { path: "system.log", lines: texts.map((text, index) => ({ number: index + 1, text })) } },
    run: { id: "r-1" },
    task: { name: "triage" },
  };
  const steps: Record<string, Json> = { lines: { output: [], items, count: items.length } };
  for (const step of plan.steps)
    if (step.type === "group") steps[step.id] = groupResult(step, step.id, { ...base, steps }, renderer());
  const report = plan.outputs["report"];
  const text =
    report?.type === "markdown" ? renderMarkdown(parseMarkdown(report.template), { ...base, steps }) : "";
  const rows = text.split("\n").filter((line) => /^\| \d+ \| (critical|error|warning) \|/.test(line));
  expect(rows).toHaveLength(25);
  expect(rows[0]).toMatch(/^\| 1 \| critical \| /);
  expect(rows.every((row) => row.replaceAll("\\|", "").split("|").length === 11)).toBe(true);
  expect(text).not.toMatch(/\u001b|<script>/);
  expect(text).toContain("Run `r-1`");
  expect(text).toContain("below-threshold");
  expect(text).not.toMatch(/\n\n\n/);
  expect(text.length).toBeLessThan(12_000);
});
