import { assign, enqueueActions, setup } from "xstate";
import type { Effect } from "../../coordination/protocol/effect.ts";
import { exitCodes } from "../../coordination/protocol/errors.ts";
import type { RunId } from "../../coordination/protocol/ids.ts";
import type { Message } from "../../coordination/protocol/message.ts";
import { Advance, type AdvanceDeps } from "./advance.ts";
import { ExpressionError } from "./expression/expression.ts";
import { outlineOf } from "./outline.ts";
import { renderOutputs } from "./outputs.ts";
import type { RunPlan } from "./plan.ts";
import { inputScope, renderer } from "./scope.ts";
import { initialWorkflow, type Frame, type Results, type WorkflowState } from "./state.ts";
import { deadlineTimer } from "./decide.ts";
import { checked, decided, goesOn, ruled } from "./deciding.ts";
import { askResult, StepError } from "./steps.ts";
import { TemplateError } from "./template.ts";

export type WorkflowConfig = {
  readonly run: RunId;
  readonly plan: RunPlan;
  /** Digest or name of the model behind each name under `models`: part of the trust key. */
  readonly modelKeys: Readonly<Record<string, string>>;
};

type Context = WorkflowState & { readonly effects: readonly Effect[] };

export const wallTimer = "wall budget";

/** The conductor of a run: walks the plan, hands out work, gathers results, and ends the run. */
export const workflowMachine = ({ run, plan, modelKeys }: WorkflowConfig) => {
  const deps: AdvanceDeps = {
    plan,
    modelKeys,
    outline: outlineOf(plan.steps),
    render: renderer(),
    base: { inputs: inputScope(plan.inputs), run: { id: run }, task: { name: plan.name } },
  };
  return setup({
    types: {
      context: {} as Context,
      events: {} as Message,
      emitted: {} as { type: "effect"; effect: Effect },
    },
    guards: { isOver: ({ context }) => context.ended !== null },
    actions: {
      advance: assign(({ context, event }) => {
        const turn = new Advance(context, deps);
        within(turn, () => handle(turn, event, deps));
        restIfIdle(turn);
        return { ...turn.state(), effects: turn.effects };
      }),
      emitEffects: enqueueActions(({ context, enqueue }) => {
        for (const effect of context.effects) enqueue.emit({ type: "effect", effect });
        enqueue.assign({ effects: [] });
      }),
    },
  }).createMachine({
    id: "workflow",
    initial: "idle",
    context: { ...initialWorkflow, effects: [] },
    states: {
      idle: { on: { "run.started": { target: "running", actions: ["advance", "emitEffects"] } } },
      running: {
        always: { guard: "isOver", target: "ended" },
        on: { "*": { actions: ["advance", "emitEffects"] } },
      },
      ended: {},
    },
  });
};

// What the task's own words get wrong ends the run with a sentence; anything else is a bug and fails the step.
const within = (turn: Advance, act: () => void): void => {
  try {
    act();
  } catch (error) {
    if (!(error instanceof ExpressionError || error instanceof TemplateError || error instanceof StepError))
      throw error;
    turn.fail(error.message);
  }
};

const handle = (turn: Advance, message: Message, deps: AdvanceDeps): void => {
  switch (message.type) {
    case "run.started": {
      const { wallMs } = deps.plan.budget;
      if (wallMs !== undefined)
        turn.effects.push({ type: "startTimer", timer: wallTimer, ms: wallMs, clock: "process" });
      return finish(turn, turn.begin(), deps);
    }
    case "task.completed":
      if (turn.frames[message.step]?.type !== "ask") return;
      return finish(turn, turn.complete(message.step, askResult(message.answer)), deps);
    case "task.failed":
      return failTask(turn, message.step, message.code, message.message);
    case "decision.settled": {
      const { outcome } = message;
      if (turn.frames[outcome.decision]?.type !== "decide") return;
      turn.effects.push({ type: "cancelTimer", timer: deadlineTimer(outcome.decision) });
      return finish(turn, decided(turn, outcome), deps);
    }
    case "round.opened": {
      const { decision, kind } = message;
      const frame = turn.frames[decision];
      if (frame?.type !== "decide" || frame.isRuled === true) return;
      if (kind === "person") turn.effects.push({ type: "cancelTimer", timer: deadlineTimer(decision) });
      return goesOn(turn, message);
    }
    case "person.ruled": {
      const frame = turn.frames[message.decision];
      const isOpen = frame?.type === "person" || (frame?.type === "decide" && frame.isRuled !== true);
      if (!isOpen) return;
      return ruled(turn, message);
    }
    case "command.completed": {
      const frame = turn.frames[message.request];
      if (frame?.type !== "check") return;
      return finish(turn, checked(turn, frame.outcome, message.exit), deps);
    }
    case "truth.recorded": {
      const frame = turn.frames[message.decision];
      if (frame?.type !== "grade") return;
      return finish(turn, turn.complete(message.decision, frame.result), deps);
    }
    case "timer.fired":
      return timerFired(turn, message.timer);
    case "delivery.failed":
      return deliveryFailed(turn, message.to, message.message);
    default:
      return;
  }
};

/** Lets go of the run if all that is left to do is up to people. */
const restIfIdle = (turn: Advance): void => {
  if (turn.ended !== null || turn.waiting.length === 0) return;
  const isBusy = Object.values(turn.frames).some(({ type }) => workTypes.has(type));
  if (!isBusy) turn.effects.push({ type: "suspend", decisions: turn.waiting });
};

/** Frames whose step is worked on, by agents or by the coordinator. */
const workTypes: ReadonlySet<Frame["type"]> = new Set(["ask", "decide", "check", "grade"]);

const finish = (turn: Advance, results: Results | undefined, { plan, base }: AdvanceDeps): void => {
  if (results === undefined) return;
  const outputs = renderOutputs(plan.outputs, { ...base, steps: results });
  if (turn.unsettled) {
    const message = "a decision did not settle; the outputs hold its recommendation and the votes";
    return turn.end({ outcome: "not-settled", exit: exitCodes.notSettled, outputs, message });
  }
  turn.end({ outcome: "done", exit: exitCodes.done, outputs });
};

const failTask = (turn: Advance, path: string, code: string, message: string): void => {
  if (!isWorkedOn(turn, path)) return;
  if (code !== "BUDGET_SPENT") return turn.fail(`step ${path}: ${message}`);
  turn.end({
    outcome: "budget-spent",
    exit: exitCodes.budgetSpent,
    outputs: {},
    message: `step ${path}: ${message}`,
  });
};

/** What comes late about a step that only waits for the record changes nothing any more. */
const isWorkedOn = (turn: Advance, path: string): boolean => {
  const type = turn.frames[path]?.type;
  return type === "ask" || type === "decide";
};

const timerFired = (turn: Advance, timer: string): void => {
  if (timer === wallTimer) {
    return turn.end({
      outcome: "budget-spent",
      exit: exitCodes.budgetSpent,
      outputs: {},
      message: "the wall-clock budget is spent",
    });
  }
  const decision = timer.slice(deadlineTimer("").length);
  const frame = turn.frames[decision];
  if (frame?.type !== "decide") return;
  turn.effects.push({
    type: "propose",
    entry: { type: "decision.closed", decision, ...inRound(frame), reason: "deadline" },
  });
};

const inRound = ({ round }: { readonly round?: number }): { readonly round?: number } =>
  round === undefined ? {} : { round };

// An agent that cannot work fails its step; in a decision it abstains, with the reason, and the others decide.
const deliveryFailed = (turn: Advance, to: string, message: string): void => {
  const [kind, agent = "", ...rest] = to.split("/");
  const path = rest.join("/");
  const frame = turn.frames[path];
  if (kind !== "agent" || frame === undefined || !isWorkedOn(turn, path)) return;
  if (frame.type === "ask") return turn.fail(`step ${path}: ${message}`);
  turn.effects.push({
    type: "propose",
    entry: {
      type: "ballot.cast",
      decision: path,
      ...(frame.type === "decide" ? inRound(frame) : {}),
      voter: agent,
      option: null,
      onBehalf: true,
      reason: message,
    },
  });
};
