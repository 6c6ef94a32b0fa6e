import { expect, test } from "vitest";
import { stepBehaviour } from "../../../../actors/runtime/cell.ts";
import { systemClock } from "../../../../actors/runtime/clock.ts";
import { recover } from "../../../../actors/runtime/recover.ts";
import { replayRows } from "../../../../actors/runtime/replay.ts";
import { decodeSnapshot, encodeSnapshot } from "../../../../actors/runtime/snapshot.ts";
import { freshRun } from "../../../../actors/runtime/run-state.ts";
import type { Cast } from "../../../../actors/runtime/roster.ts";
import { memoryLog } from "../../../../coordination/log/memory.ts";
import type { Effect } from "../../../../coordination/protocol/effect.ts";
import {
  attemptId,
  callOf,
  effectId,
  hostActor,
  runId,
  workflowActor,
  type EnvelopeId,
} from "../../../../coordination/protocol/ids.ts";
import type { InferenceAttempted } from "../../../../coordination/protocol/inference-messages.ts";
import type { Message } from "../../../../coordination/protocol/message.ts";
import type { Row } from "../../../../coordination/protocol/row.ts";
import { hosted } from "../../../support/hosted.ts";
import { handHeader } from "../../../support/turn-rows.ts";

const run = runId("r");
const call = effectId(workflowActor, 0, 0);
const generate: Effect = {
  type: "generate",
  request: "q",
  body: { model: "m", agent: "ann", lines: [], maxTokens: 1, temperature: 0 },
  grant: { model: "m", sequence: 0, tokens: 1 },
};
/** Asks once, and listens. */
const asking: Cast = () =>
  stepBehaviour<number>((told) => ({ state: told + 1, effects: told === 0 ? [generate] : [] }), 0);

const attempted = (attempt: number, request = "q"): InferenceAttempted => ({
  type: "inference.attempted",
  request,
  attempt,
  model: "m",
  failure: { code: "PROVIDER_FAILED", message: "", retryable: false },
  delayMs: 1,
  startedAtUs: 0,
  finishedAtUs: 1,
});
const row = (seq: number, cause: EnvelopeId, input: Message, effects: readonly Effect[] = []): Row => ({
  type: "turn",
  run,
  actor: workflowActor,
  seq,
  atUs: seq,
  cause,
  input,
  effects,
});
const begin = row(0, effectId(hostActor, 0, 0), { type: "run.started" }, [generate]);
const stored = (...rows: readonly Row[]) => {
  const log = memoryLog();
  for (const each of rows) log.append(each);
  return log.read(run);
};

test("the id of a try leads to its call", () => {
  expect(callOf(attemptId(call, 12))).toBe(call);
  expect(callOf(call)).toBe(call);
});

test.each<readonly [string, readonly Row[], string]>([
  [
    "tries in order",
    [row(1, attemptId(call, 1), attempted(1)), row(2, attemptId(call, 2), attempted(2))],
    "identical",
  ],
  ["a try that was left out", [row(1, attemptId(call, 2), attempted(2))], "input.attempt"],
  ["a try of another request", [row(1, attemptId(call, 1), attempted(1, "other"))], "input.request"],
  ["a try of no call", [row(1, attemptId(effectId(workflowActor, 7, 0), 1), attempted(1))], "cause"],
])("a replay of %s: %s", (_, rows, found) => {
  const replay = replayRows(stored(begin, ...rows), run, asking);
  expect(replay.type === "identical" ? replay.type : replay.divergence.path).toBe(found);
});

test("a resume ends a call that its engine was told to end, before anything is asked again; a snapshot knows of it", async () => {
  const log = memoryLog();
  log.append(handHeader());
  log.append(begin);
  const abort: Effect = { type: "abortGeneration", request: "q" };
  log.append(row(1, effectId(hostActor, 1, 0), { type: "inference.cancelled", request: "q" }, [abort]));
  const state = recover(log, run, asking);
  const again = freshRun(run, asking);
  decodeSnapshot(encodeSnapshot(state), again);
  expect(again.outstanding.get(call)).toEqual(state.outstanding.get(call));
  const asked: string[] = [];
  const host = hosted(state, {
    run,
    log,
    clock: systemClock(),
    performers: {
      generate: async ({ request }) => {
        asked.push(`generate ${request}`);
        return new Promise(() => undefined);
      },
      tell: ({ type, request }) => void asked.push(`${type} ${request}`),
    },
  });
  host.start();
  expect(asked).toEqual(["generate q", "abortGeneration q"]);
  host.kill();
  await log.close();
});

test("a resume counts on: the call is still owed, and its tries are known, also from a snapshot", async () => {
  const log = memoryLog();
  log.append(begin);
  log.append(row(1, attemptId(call, 1), attempted(1)));
  const state = recover(log, run, asking);
  expect(state.outstanding.get(call)).toMatchObject({ type: "generate", attempts: 1 });
  const again = freshRun(run, asking);
  decodeSnapshot(encodeSnapshot(state), again);
  expect(again.outstanding.get(call)).toMatchObject({ type: "generate", attempts: 1 });
  await log.close();
});
