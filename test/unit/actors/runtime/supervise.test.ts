import { expect, test } from "vitest";
import { maxRestarts, verdictOn } from "../../../../actors/runtime/supervise.ts";
import {
  agentActor,
  effectId,
  failureId,
  runId,
  schedulerActor,
  workflowActor,
  type ActorId,
} from "../../../../coordination/protocol/ids.ts";
import type { Message } from "../../../../coordination/protocol/message.ts";

const ann = agentActor("ann", "s");
const assignedBy = effectId(workflowActor, 3, 1);
const cause = effectId(schedulerActor, 7, 0);
const failed: Message = {
  type: "inference.failed",
  request: "q",
  failure: { code: "ENGINE_CRASHED", message: "m", retryable: true },
};
const assigned: Message = { type: "task.assigned", step: "s", prompt: "p", replyTo: workflowActor };
const requested: Message = {
  type: "inference.requested",
  request: "q",
  body: { agent: "ann", model: "m", lines: [], maxTokens: 1, temperature: 0 },
  replyTo: ann,
};

type Case = readonly [
  rule: string,
  actor: ActorId,
  input: Message,
  failures: number,
  verdict: string,
  told?: ActorId,
];

const cases: readonly Case[] = [
  ["an agent that failed on an answer is started again and told", ann, failed, 1, "restart", ann],
  ["also for the last time", ann, failed, maxRestarts, "restart", ann],
  ["then whoever assigned its work is told", ann, failed, maxRestarts + 1, "retire", workflowActor],
  ["an agent that fails on its assignment is gone at once", ann, assigned, 1, "retire", schedulerActor],
  [
    "a request that the scheduler fails on is refused",
    schedulerActor,
    requested,
    9,
    "refuse",
    schedulerActor,
  ],
  ["a scheduler that lost an answer ends the run", schedulerActor, failed, 1, "endRun"],
  ["a workflow that lost an input ends the run", workflowActor, { type: "run.started" }, 1, "endRun"],
];

test.each(cases.map((each) => [each[0], each] as const))(
  "%s",
  (_, [, actor, input, failures, type, told]) => {
    const row = {
      type: "turn",
      run: runId("r"),
      actor,
      seq: 2,
      atUs: 5,
      cause,
      input,
      failed: { code: "TypeError", message: "broke" },
    } as const;
    const verdict = verdictOn(row, { failures, assignedBy });
    expect(verdict.type).toBe(type);
    if (verdict.type === "endRun") {
      expect(verdict.effect).toMatchObject({
        outcome: "failed",
        message: `${actor} failed on ${input.type}: broke`,
      });
      return;
    }
    expect(verdict.notice).toMatchObject({
      type: "envelope",
      envelope: { id: failureId(cause), to: told, body: { type: "delivery.failed", id: cause, to: actor } },
    });
    const request = "request" in input ? { request: input.request } : {};
    expect(verdict.notice).toMatchObject({ envelope: { body: request } });
  },
);
