import { countOf, countText } from "../count-text.ts";
import type { PlanStep } from "../../actors/workflow/plan.ts";
import { printable, table } from "../output.ts";
import { callWords, countWords, type BudgetLine } from "./budget-words.ts";
import { durationWords, urgencyWords } from "./describe-step.ts";
import type { PlanEstimate } from "./estimate.ts";
import { stepGraph } from "./graph.ts";
import { memoryRows } from "./memory.ts";
import { sizeWords } from "./model-sizes.ts";
import type { AbsentInput, PlanReport } from "./report.ts";

/** The report for people. `absent`: inputs that the run will need and that were not given. */
export const reportText = (
  report: PlanReport,
  steps: readonly PlanStep[],
  estimate: PlanEstimate,
  absent: readonly AbsentInput[],
): string => {
  const sections = [
    section("inputs", [
      ...report.inputs.map(({ name, type, source, lines }) => [
        name,
        type,
        source ?? "",
        lines === null ? "" : countOf(lines, "line"),
      ]),
      ...absent.map(({ name, reason }) => [name, "absent", reason]),
    ]),
    `steps\n${indent(stepGraph(steps, estimate))}`,
    section(
      "agents",
      heading(
        ["AGENT", "ROLE", "MODEL", "PROVIDER", "DOMAIN", "IN THE QUEUE"],
        report.agents.map(
          ({ agent, role, model, fallback, provider, domain, priority, deadlineMs, share }) => [
            agent,
            role,
            [model, ...fallback].join(", then "),
            provider,
            domain ?? "",
            [
              ...(share === 1 ? [] : [`share ${share}`]),
              ...urgencyWords({
                ...(priority === 0 ? {} : { priority }),
                ...(deadlineMs === null ? {} : { deadlineMs }),
              }),
            ].join(", "),
          ],
        ),
      ),
    ),
    section(
      "models",
      heading(
        ["MODEL", "PROVIDER", "FILE SIZE", "PARAMETERS", "CONTEXT", "NOTE"],
        report.models.map(modelCells),
      ),
    ),
    ...memorySections(report.memory),
    section("estimate", estimateRows(report)),
  ];
  return `${printable(report.name)}\n\n${sections.filter((text) => text !== "").join("\n\n")}\n`;
};

const memorySections = (memory: PlanReport["memory"]): readonly string[] => {
  if (memory === null) return [];
  const { table: cells, notes } = memoryRows(memory);
  return [`${section("memory", cells)}\n${indent(notes.map(printable).join("\n"))}`];
};

const modelCells = ({
  model,
  provider,
  fileBytes,
  parameters,
  contextBytes,
  note,
}: PlanReport["models"][number]): readonly string[] => [
  model,
  provider,
  fileBytes === null ? "" : sizeWords(fileBytes),
  parameters === null ? "" : countText(parameters),
  contextBytes === null ? "" : `${sizeWords(contextBytes)} a conversation`,
  note ?? "",
];

const estimateRows = ({ estimate, budget }: PlanReport): readonly (readonly string[])[] => [
  [
    "calls",
    `${callWords(estimate)}${estimate.isUpperBound && estimate.calls !== 0 ? "; fewer where a condition skips a step" : ""}`,
  ],
  ["tokens", estimate.tokens === null ? "known when it runs" : `about ${countWords(estimate.tokens)}`],
  ...budget
    .filter(({ limit }) => limit !== null)
    .map((line) => [`budget ${budgetName[line.what]}`, budgetCell(line)]),
  ...(budget.every(({ limit }) => limit === null) ? [["budget", "none set"]] : []),
];

const budgetName = { turns: "calls", tokens: "tokens", wallMs: "time", usd: "money" } as const;

const budgetCell = ({ what, limit, warning }: BudgetLine): string => {
  const bound =
    what === "wallMs" ? durationWords(limit ?? 0) : what === "usd" ? `${limit} USD` : countWords(limit);
  return warning === null ? bound : `${bound}; ${warning}`;
};

const heading = (
  head: readonly string[],
  rows: readonly (readonly string[])[],
): readonly (readonly string[])[] => (rows.length === 0 ? [] : [head, ...rows]);

const section = (title: string, rows: readonly (readonly string[])[]): string =>
  rows.length === 0
    ? ""
    : `${title}\n${indent(table(rows.map((row) => row.map((cell) => printable(cell.replace(/\s+/g, " "))))))}`;

const indent = (text: string): string => text.replace(/^/gm, "  ");
