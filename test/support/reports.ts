import { hash } from "node:crypto";
import { reportPage } from "../../cli/report/report.ts";
import { memoryLedger } from "../../coordination/ledger/memory.ts";
import { memoryLog } from "../../coordination/log/memory.ts";
import { emptyAgent } from "../../coordination/decision/trust.ts";
import type { Row, TaskDefinition } from "../../index.ts";
import { redactor } from "../../observability/redact.ts";
import { recordOf } from "./recorded.ts";

/** Votes that settle, that tie and debate, that a judge rules on, that abstain; a map; an agent that gives up in an item. */
export const livelyTask: TaskDefinition = {
  version: 1,
  name: "lively",
  models: {
    m: {
      provider: "scripted",
      replies: [
        { agent: "bob", text: "no", confidence: 0.6 },
        { agent: "dan", text: "what?" },
        { agent: "eve", text: "yes", confidence: 0.8 },
        { text: "yes", confidence: 0.9 },
      ],
    },
  },
  agents: Object.fromEntries(
    ["ann", "bob", "cid", "dan", "eve"].map((name) => [name, { role: `role of ${name}`, model: "m" }]),
  ),
  workflow: [
    {
      id: "all",
      map: {
        over: ["one", "two", "three", "four", "five", "six", "seven"],
        as: "it",
        do: [
          { id: "first", ask: "ann", prompt: "${{ it }}" },
          {
            id: "vote",
            decide: {
              question: "${{ it }}?",
              options: ["yes", "no"],
              voters: ["ann", "bob", "cid", "dan"],
              rule: "logodds",
            },
          },
        ],
      },
    },
    {
      id: "tied",
      decide: {
        question: "Merge?",
        options: ["yes", "no"],
        voters: ["ann", "bob"],
        rule: "majority",
        rounds: 2,
        escalate: "judge",
        judge: "eve",
      },
    },
    { id: "closed", ask: "dan", prompt: "closed", options: ["yes", "no"] },
  ],
  outputs: { verdict: "${{ steps.tied.winner }}" },
};

/** The rows of a run that was driven to its end here. */
export const rowsOf = async (task: TaskDefinition): Promise<readonly Row[]> =>
  (await recordOf(task)).map(({ row }) => row);

export type PageOptions = {
  readonly status?: string;
  readonly content?: boolean;
  readonly secrets?: readonly string[];
};

/** The report on some rows, of which the first is a header. */
export const pageOfRows = (
  rows: readonly Row[],
  { status = "done", content = false, secrets = [] }: PageOptions = {},
): string => {
  const log = memoryLog();
  for (const row of rows) log.append(row);
  const [header] = rows;
  if (header?.type !== "header") throw new Error("the rows begin with no header");
  return reportPage({
    log,
    ledger: memoryLedger(() => emptyAgent),
    header,
    status: { status, exit: status === "done" ? 0 : null },
    reading: { sha256: (text) => hash("sha256", text, "hex"), redact: redactor(secrets), content },
    digest: (text) => hash("sha256", text, "base64"),
  });
};

/** Members of rows whose texts come from people, models or files, and so may be anything. */
const free: ReadonlySet<string> = new Set(
  "question option options reason message text role choice voter agent recommended judge domain outputs name path content winner question evidence approved ranking truth family tied prompt digest model".split(
    " ",
  ),
);

/** The same rows with something hostile in every text that may be anything; equal texts stay equal. */
export const hostileRows = (rows: readonly Row[], poison: string): readonly Row[] => {
  const poisoned = (value: unknown, isFree: boolean): unknown => {
    if (typeof value === "string") return isFree ? `${value}${poison}` : value;
    if (Array.isArray(value)) return value.map((member: unknown) => poisoned(member, isFree));
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, member]) => [key, poisoned(member, isFree || free.has(key))]),
    );
  };
  return rows.map((row) =>
    row.type === "header"
      ? {
          ...row,
          task: poisoned(row.task, false) as typeof row.task,
          plan: poisoned(row.plan, false) as typeof row.plan,
        }
      : (poisoned(row, false) as Row),
  );
};
