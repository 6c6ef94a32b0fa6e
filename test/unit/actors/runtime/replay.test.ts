import { expect, test } from "vitest";
import { stepBehaviour } from "../../../../actors/runtime/cell.ts";
import { replayRows } from "../../../../actors/runtime/replay.ts";
import type { Cast } from "../../../../actors/runtime/roster.ts";
import { memoryLog } from "../../../../coordination/log/memory.ts";
import type { Effect } from "../../../../coordination/protocol/effect.ts";
import {
  effectId,
  failureId,
  hostActor,
  runId,
  schedulerActor,
  workflowActor,
} from "../../../../coordination/protocol/ids.ts";
import type { InferenceRequested } from "../../../../coordination/protocol/inference-messages.ts";

const run = runId("r");
const requested: InferenceRequested = {
  type: "inference.requested",
  request: "q",
  body: { model: "m", agent: "ann", lines: [], maxTokens: 1, temperature: 0 },
  replyTo: workflowActor,
};
const asks: Effect = { type: "send", to: schedulerActor, body: requested };
/** The scheduler fails on what it is asked. */
const cast: Cast = (actor) =>
  stepBehaviour<number>((told) => {
    if (actor === schedulerActor) throw new Error("broke");
    return { state: told + 1, effects: told === 0 ? [asks] : [] };
  }, 0);

test.each<readonly [string, { readonly request?: string }, string]>([
  ["the request that it is about", { request: "q" }, "identical"],
  ["no request, as in records of earlier versions", {}, "identical"],
  ["another request", { request: "other" }, "input.request"],
])("a replay of a notice of failure that tells %s", (_, told, found) => {
  const log = memoryLog();
  const turn = { type: "turn", run, atUs: 1 } as const;
  const id = effectId(workflowActor, 0, 0);
  const begin = { cause: effectId(hostActor, 0, 0), input: { type: "run.started" } } as const;
  log.append({ ...turn, ...begin, actor: workflowActor, seq: 0, effects: [asks] });
  const failed = { code: "Error", message: "broke" };
  log.append({ ...turn, actor: schedulerActor, seq: 0, cause: id, input: requested, failed });
  const lost = { type: "delivery.failed", id, to: schedulerActor, code: "STEP_FAILED" } as const;
  const input = { ...lost, message: "broke", ...told };
  log.append({ ...turn, actor: workflowActor, seq: 1, cause: failureId(id), input, effects: [] });
  const replay = replayRows(log.read(run), run, cast);
  expect(replay.type === "identical" ? replay.type : replay.divergence.path).toBe(found);
});
