import { replayRows } from "../../actors/runtime/replay.ts";
import type { Cast } from "../../actors/runtime/roster.ts";
import type { StoredRow } from "../../coordination/log/log.ts";
import type { RunId } from "../../coordination/protocol/ids.ts";
import type { TurnRow } from "../../coordination/protocol/row.ts";
import type { StormEnd, StormReport } from "./swarm.ts";

/** What is wrong with a run after a storm, as sentences. */
export const checkStorm = ({ end, rows, basis, cast }: StormReport): readonly string[] => [
  ...wrongEnd(end, rows),
  ...doneTwice(rows),
  ...(end.type === "finished" && (end.row.outcome === "done" || end.row.outcome === "not-settled")
    ? lostItems(end.row.outputs["labels"], basis.plan.inputs["items"])
    : []),
  ...wrongReplay(rows, basis.run, cast),
];

const wrongEnd = (end: StormEnd, rows: readonly StoredRow[]): readonly string[] => {
  switch (end.type) {
    case "stuck":
    case "interrupted":
    case "waiting":
      return [`the run is ${end.type}`];
    case "broken":
      return [`the run broke: ${end.error instanceof Error ? end.error.stack : String(end.error)}`];
    case "finished":
      break;
  }
  const { outcome, message } = end.row;
  const wrong: string[] = [];
  if (rows.at(-1)?.row.type !== "finished") wrong.push("the run ended before its last row was on disk");
  if (outcome === "budget-spent") wrong.push(`the run ended as ${outcome}`);
  if (outcome !== "done" && (message ?? "") === "")
    wrong.push(`the run ended as ${outcome} and does not say why`);
  return wrong;
};

const doneTwice = (rows: readonly StoredRow[]): readonly string[] => {
  const turns = rows.flatMap(({ row }) => (row.type === "turn" ? [row] : []));
  return [
    ...repeated(turns.map(({ cause }) => cause)).map((twice) => `${twice} was taken twice`),
    ...repeated(turns.flatMap(stepDone)).map((twice) => `${twice} was done twice`),
  ];
};

export const wrongReplay = (rows: readonly StoredRow[], run: RunId, cast: Cast): readonly string[] => {
  const replay = replayRows(rows, run, cast);
  if (replay.type === "diverged") return [`the replay diverged: ${JSON.stringify(replay.divergence)}`];
  return replay.rows === rows.length ? [] : [`the replay saw ${replay.rows} of ${rows.length} rows`];
};

const repeated = (names: readonly string[]): readonly string[] => {
  const seen = new Set<string>();
  return names.filter((name) => (seen.has(name) ? true : (seen.add(name), false)));
};

const stepDone = (row: TurnRow): readonly string[] => {
  const { input } = row;
  if (input.type === "task.completed") return [`step ${input.step}`];
  if (input.type === "decision.settled" && row.actor === "workflow")
    return [`decision ${input.outcome.decision}`];
  // For an agent that is gone the workflow speaks, once for each assignment that came back: the box takes the first.
  if (input.type === "entry.committed" && input.entry.type === "ballot.cast" && input.entry.onBehalf !== true)
    return [`ballot ${input.entry.decision} of ${input.entry.voter} in round ${input.entry.round ?? 0}`];
  return [];
};

const lostItems = (output: unknown, input: unknown): readonly string[] => {
  const wanted =
    typeof input === "object" && input !== null && "value" in input && Array.isArray(input.value)
      ? input.value.length
      : -1;
  if (!Array.isArray(output) || output.length !== wanted)
    return [`${wanted} items went in and ${JSON.stringify(output)} came out`];
  return output.flatMap((item: { index: number; steps: Record<string, unknown> }) =>
    typeof item.steps["label"] === "object" &&
    item.steps["label"] !== null &&
    typeof item.steps["verdict"] === "object"
      ? []
      : [`item ${item.index} lost a step`],
  );
};
