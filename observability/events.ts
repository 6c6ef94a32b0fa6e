import { agentName, schedulerActor } from "../coordination/protocol/ids.ts";
import type { Outcome, RoundOpened } from "../coordination/protocol/decision-messages.ts";
import type { ExitCode } from "../coordination/protocol/errors.ts";
import type { Json } from "../coordination/protocol/json.ts";
import type { DecidedRow, Row } from "../coordination/protocol/row.ts";

/** What happened in a run, for people and programs that follow it. Times in microseconds since 1970. */
export type RunEvent =
  | { readonly type: "run.started"; readonly run: string; readonly atUs: number; readonly task: string }
  | { readonly type: "run.resumed"; readonly run: string; readonly atUs: number }
  | { readonly type: "step.started"; readonly atUs: number; readonly step: string; readonly agent: string }
  | {
      readonly type: "step.completed";
      readonly atUs: number;
      readonly step: string;
      readonly output: string;
      readonly confidence: number | null;
    }
  | {
      readonly type: "decision.opened";
      readonly atUs: number;
      readonly decision: string;
      readonly voters: readonly string[];
    }
  | {
      readonly type: "ballot.cast";
      readonly atUs: number;
      readonly decision: string;
      /** The round that it is for, from 0. Behind the one that runs, or after the outcome, it is late and does not count. */
      readonly round: number;
      readonly voter: string;
      readonly option: string | null;
      readonly confidence: number | null;
      readonly reason: string | null;
    }
  | {
      readonly type: "decision.continued";
      readonly atUs: number;
      readonly decision: string;
      /** The round that comes next, from 1. */
      readonly round: number;
      /** What comes next: `revote`, `debate`, `judge`, or `person`, for whom it waits. */
      readonly kind: RoundOpened["kind"];
      readonly reason: string | null;
      readonly recommendation: string | null;
      readonly options: readonly string[];
    }
  | {
      readonly type: "decision.ruled";
      readonly atUs: number;
      readonly decision: string;
      readonly option: string;
      readonly reason: string | null;
    }
  | { readonly type: "decision.settled"; readonly atUs: number; readonly outcome: Outcome }
  | {
      /** The program that should have told the truth could not, and why: nothing is learned from this decision. */
      readonly type: "decision.ungraded";
      readonly atUs: number;
      readonly decision: string;
      readonly reason: string;
    }
  | {
      readonly type: "decision.graded";
      readonly atUs: number;
      readonly decision: string;
      readonly truth: string;
    }
  | {
      readonly type: "inference.retried";
      readonly atUs: number;
      readonly agent: string;
      readonly step: string;
      readonly model: string;
      readonly attempt: number;
      readonly code: string;
      readonly delayMs: number;
    }
  | {
      readonly type: "inference.failed";
      readonly atUs: number;
      readonly agent: string;
      readonly step: string;
      readonly code: string;
      readonly message: string;
    }
  | { readonly type: "actor.failed"; readonly atUs: number; readonly actor: string; readonly message: string }
  | {
      readonly type: "run.finished";
      readonly run: string;
      readonly atUs: number;
      readonly outcome: string;
      readonly exit: ExitCode;
      readonly outputs: Readonly<Record<string, Json>>;
      readonly message?: string;
    };

/** Reads one row into the events that it stands for. */
export const eventsOf = (row: Row): readonly RunEvent[] => {
  switch (row.type) {
    case "header":
      return [{ type: "run.started", run: row.run, atUs: row.atUs, task: row.task.name }];
    case "resumed":
      return [{ type: "run.resumed", run: row.run, atUs: row.atUs }];
    case "ruled":
      // Told once it is committed: the process that wrote it is not the one that goes by it.
      return [];
    case "finished": {
      const { run, atUs, outcome, exit, outputs, message } = row;
      return [
        {
          type: "run.finished",
          run,
          atUs,
          outcome,
          exit,
          outputs,
          ...(message === undefined ? {} : { message }),
        },
      ];
    }
    case "turn":
      return "failed" in row
        ? [{ type: "actor.failed", atUs: row.atUs, actor: row.actor, message: row.failed.message }]
        : [...inputEvents(row), ...effectEvents(row)];
  }
};

const inputEvents = ({ atUs, actor, input }: DecidedRow): readonly RunEvent[] => {
  switch (input.type) {
    case "inference.attempted": {
      const { model, attempt, failure, delayMs } = input;
      return [
        {
          type: "inference.retried",
          atUs,
          ...askerOf(input.request),
          model,
          attempt,
          code: failure.code,
          delayMs,
        },
      ];
    }
    case "inference.failed": {
      // It is forwarded to whoever asked: told once.
      if (actor !== schedulerActor) return [];
      const { code, message } = input.failure;
      return [{ type: "inference.failed", atUs, ...askerOf(input.request), code, message }];
    }
    case "task.completed": {
      const { step, answer } = input;
      return [
        {
          type: "step.completed",
          atUs,
          step,
          output: answer.choice ?? answer.text,
          confidence: answer.confidence ?? null,
        },
      ];
    }
    case "command.completed": {
      const { request: decision, trouble } = input;
      return trouble === undefined ? [] : [{ type: "decision.ungraded", atUs, decision, reason: trouble }];
    }
    case "entry.committed": {
      const { entry } = input;
      if (entry.type === "decision.opened") {
        return [
          {
            type: "decision.opened",
            atUs,
            decision: entry.decision,
            voters: entry.electorate.map(({ agent }) => agent),
          },
        ];
      }
      if (entry.type === "decision.graded")
        return [{ type: "decision.graded", atUs, decision: entry.decision, truth: entry.truth }];
      if (entry.type === "decision.ruled") {
        const { decision, option, reason = null } = entry;
        return [{ type: "decision.ruled", atUs, decision, option, reason }];
      }
      if (entry.type !== "ballot.cast") return [];
      const { decision, round = 0, voter, option, confidencePpm, reason = null } = entry;
      const confidence = confidencePpm === undefined ? null : confidencePpm / 1e6;
      return [{ type: "ballot.cast", atUs, decision, round, voter, option, confidence, reason }];
    }
    default:
      return [];
  }
};

/** `agent/ann/verdict:0` is a call of ann at the step verdict. */
const askerOf = (request: string): { readonly agent: string; readonly step: string } => {
  const [, agent = request, ...step] = request.replace(/:\d+$/, "").split("/");
  return { agent, step: step.join("/") };
};

const effectEvents = ({ atUs, effects }: DecidedRow): readonly RunEvent[] =>
  effects.flatMap((effect): readonly RunEvent[] => {
    if (effect.type !== "send") return [];
    if (effect.body.type === "task.assigned" && effect.body.decision === undefined) {
      return [
        { type: "step.started", atUs, step: effect.body.step, agent: agentName(effect.to) ?? effect.to },
      ];
    }
    if (effect.body.type === "round.opened") {
      const { decision, round, kind, outcome } = effect.body;
      const { reason = null, option: recommendation, tally } = outcome;
      const options = tally.map(({ option }) => option);
      return [{ type: "decision.continued", atUs, decision, round, kind, reason, recommendation, options }];
    }
    // The outcome goes to several; the workflow's copy is the one that is told.
    if (effect.body.type === "decision.settled" && agentName(effect.to) === undefined) {
      return [{ type: "decision.settled", atUs, outcome: effect.body.outcome }];
    }
    return [];
  });
