import { actorId, effectId, hostActor, runId, type RunId } from "../../coordination/protocol/ids.ts";
import type { FinishedRow, HeaderRow, DecidedRow } from "../../coordination/protocol/row.ts";

/** Rows as tests of the log need them: small, valid, and different from each other. */
export const runOf = (name: string): RunId => runId(name);

export const headerOf = (run: RunId): HeaderRow => ({
  type: "header",
  run,
  atUs: 1,
  swarm: "0.0.0",
  task: { name: "test", path: null, digest: "d" },
  plan: { steps: ["ask"] },
  seed: 7,
  models: {},
  trust: {},
});

export const turnOf = (run: RunId, seq: number, actor = "workflow", text = `text ${seq}`): DecidedRow => ({
  type: "turn",
  run,
  actor: actorId(actor),
  seq,
  atUs: 1_000 + seq,
  cause: effectId(hostActor, seq, 0),
  input: { type: "timer.fired", timer: text },
  effects: [
    { type: "cancelTimer", timer: text },
    { type: "send", to: actorId("decisions"), body: { type: "run.started" } },
  ],
});

export const finishedOf = (run: RunId): FinishedRow => ({
  type: "finished",
  run,
  atUs: 9,
  outcome: "done",
  exit: 0,
  outputs: { answer: "yes" },
});

const textAt = (position: number): string =>
  position % 3 === 0 ? `blob ${position} `.repeat(100) : `text ${position}`;

/** Row `position` of a test run: every third has a text that becomes a blob. */
export const rowAt = (run: RunId, position: number): DecidedRow =>
  turnOf(run, position, `agent/a/s[${position % 5}]`, textAt(position));
