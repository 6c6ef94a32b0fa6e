import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { showRun } from "../../../cli/commands/show.ts";
import { openLmdbLog } from "../../../coordination/log/lmdb.ts";
import { workflowActor } from "../../../coordination/protocol/ids.ts";
import type { Row, TaskDefinition } from "../../../index.ts";
import { recordOf } from "../../support/recorded.ts";
import { listeningContext } from "./listening-context.ts";

const decide = { question: "Merge?", options: ["yes", "no"], voters: ["ann"], tier: "routine" } as const;
const task: TaskDefinition = {
  version: 1,
  name: "shown",
  models: { m: { provider: "scripted", replies: [{ text: "yes", confidence: 0.9 }] } },
  agents: { ann: { role: "a", model: "m" } },
  workflow: ["one", "two"].map((id) => ({ id, decide })),
};

const isHeard = (row: Row): boolean =>
  row.type === "turn" && row.actor === workflowActor && row.input.type === "decision.settled";

test("a decision that was over before the run was is shown, whether the run heard of it or not", async () => {
  const folder = mkdtempSync(join(tmpdir(), "swarm-show-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const { context, said } = listeningContext(folder);
  const rows = (await recordOf(task)).map(({ row }) => row);
  const last = rows.findLast(isHeard);
  const log = openLmdbLog({ dir: join(context.settings.home, "log") });
  for (const row of rows) if (row !== last) log.append(row);
  await log.close();
  expect(await showRun("last", { json: true }, context)).toBe(0);
  const { decisions } = JSON.parse(said.result);
  expect(decisions).toMatchObject([
    { decision: "one", settled: true },
    { decision: "two", settled: true },
  ]);
});

test("votes for the winner are those that approve of it, also where they like another option best, and none that is void", async () => {
  const folder = mkdtempSync(join(tmpdir(), "swarm-show-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const { context, said } = listeningContext(folder);
  const log = openLmdbLog({ dir: join(context.settings.home, "log") });
  for (const { row } of await recordOf(task)) log.append(approving(row));
  await log.close();
  expect(await showRun("last", {}, context)).toBe(0);
  expect(said.result).toMatch(/^two +yes .* 2 of 4 /m);
});

/** A row, its outcomes those of a vote by approval: two are for `yes`, one of them as its second choice, and a void one is. */
const approving = (row: Row): Row => {
  if (row.type !== "turn" || "failed" in row) return row;
  const effects = row.effects.map((effect) => {
    if (effect.type !== "send" || effect.body.type !== "decision.settled") return effect;
    const { outcome } = effect.body;
    const ballots = outcome.ballots.flatMap((ballot) => [
      ballot,
      { ...ballot, voter: "bob", option: "no", approved: ["no", "yes"] },
      { ...ballot, voter: "cid", option: "no", approved: ["no"] },
      { ...ballot, voter: "dan", status: "void" as const, approved: ["yes", "maybe"] },
    ]);
    return { ...effect, body: { ...effect.body, outcome: { ...outcome, ballots } } };
  });
  return { ...row, effects };
};
