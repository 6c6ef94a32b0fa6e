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

const counting: Cast = () => stepBehaviour<number>((told) => ({ state: told + 1, effects: [asks] }), 0);
const begin = { cause: effectId(hostActor, 0, 0), input: { type: "run.started" } } as const;
const turn = { type: "turn", run, atUs: 1, actor: workflowActor } as const;

test("a replay takes the word of a person for what it brought about", () => {
  const log = memoryLog();
  const ruled = { decision: "d", option: "A" };
  log.append({ ...turn, ...begin, seq: 0, effects: [asks] });
  log.append({ type: "ruled", run, atUs: 2, swarm: "0", ...ruled });
  const said = { cause: effectId(hostActor, 1, 0), input: { type: "person.ruled", ...ruled } } as const;
  log.append({ ...turn, ...said, seq: 1, effects: [asks] });
  expect(replayRows(log.read(run), run, counting)).toMatchObject({ type: "identical", rows: 3 });
});

test("a replay that differs tells the last five rows that agreed, and what may have changed", () => {
  const log = memoryLog();
  const again: Effect = { type: "send", to: workflowActor, body: { type: "run.started" } };
  const cause = (seq: number) => (seq === 0 ? begin.cause : effectId(workflowActor, seq - 1, 0));
  const repeating: Cast = () => stepBehaviour<null>(() => ({ state: null, effects: [again] }), null);
  for (let seq = 0; seq < 7; seq += 1)
    log.append({ ...turn, ...begin, cause: cause(seq), seq, effects: seq === 6 ? [] : [again] });
  const agreed = [1, 2, 3, 4, 5].map((seq) => `workflow#${seq} run.started`);
  const replay = replayRows(log.read(run), run, repeating);
  expect(replay).toMatchObject({ type: "diverged", rows: 6, divergence: { position: 6, seq: 6, agreed } });
});

test.each<readonly [string, object, string, string]>([
  ["a turn that does not follow", { seq: 5 }, "seq", "the code now sends something else"],
  [
    "a message that nobody sent",
    { cause: effectId(workflowActor, 9, 0) },
    "cause",
    "the code now sends something else",
  ],
  ["another effect", { effects: [] }, "effects[0]", "the code that decides is not the one"],
])("a replay of %s says so", (_, changed, path, likely) => {
  const log = memoryLog();
  log.append({ ...turn, ...begin, seq: 0, effects: [asks], ...changed });
  const replay = replayRows(log.read(run), run, counting);
  expect(replay).toMatchObject({
    type: "diverged",
    rows: 0,
    divergence: { path, likely: expect.stringContaining(likely) },
  });
});
