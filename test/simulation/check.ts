import { replayRows } from "../../actors/runtime/replay.ts";
import { castOf } from "../../cli/wire/cast.ts";
import { verifyChain } from "../../coordination/log/chain.ts";
import type { TurnRow } from "../../coordination/protocol/row.ts";
import type { StormReport } from "./swarm.ts";

/** What is wrong with a run after a storm, as sentences. */
export const checkStorm = ({ end, rows, basis }: StormReport): readonly string[] => {
  const wrong: string[] = [];
  const turns = rows.flatMap(({ row }) => (row.type === "turn" ? [row] : []));
  if (end.type !== "finished") wrong.push("the run did not finish");
  else if (end.row.outcome !== "done" && end.row.outcome !== "failed")
    wrong.push(`the run ended as ${end.row.outcome}`);
  for (const twice of repeated(turns.map(({ cause }) => cause))) wrong.push(`${twice} was taken twice`);
  for (const twice of repeated(turns.flatMap(stepDone))) wrong.push(`${twice} was done twice`);
  if (end.type === "finished" && end.row.outcome === "done")
    wrong.push(...lostItems(end.row.outputs["labels"], basis.plan.inputs["items"]));
  const replay = replayRows(rows, basis.run, castOf(basis));
  if (replay.type === "diverged") wrong.push(`the replay diverged: ${JSON.stringify(replay.divergence)}`);
  else if (replay.rows !== rows.length) wrong.push(`the replay saw ${replay.rows} of ${rows.length} rows`);
  verifyChain(rows);
  return wrong;
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
  if (input.type === "entry.committed" && input.entry.type === "ballot.cast")
    return [`ballot ${input.entry.decision} of ${input.entry.voter}`];
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
