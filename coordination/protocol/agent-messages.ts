import type { RoundKind } from "./decision-messages.ts";
import type { Urgency, Usage } from "./inference-messages.ts";
import type { ActorId } from "./ids.ts";

/** A piece of work for one agent instance: a question to answer, or a ballot to cast in the decision `decision`. */
export type TaskAssigned = {
  readonly type: "task.assigned";
  /** Path of the step, for instance `label[17]`. */
  readonly step: string;
  /** What is to be decided, where `prompt` is the evidence for it; else the prompt says all. */
  readonly question?: string;
  readonly prompt: string;
  /** Closed answers. Always present when a ballot is asked for. */
  readonly options?: readonly string[];
  /** Present: the answer is cast as a ballot and the agent waits for the outcome. */
  readonly decision?: string;
  /** Present: the choice is asked for with a reason. */
  readonly reason?: true;
  /** What a ballot of this decision says besides the option, for rules that read more. Absent: nothing. */
  readonly ballot?: "approval" | "ranking";
  /** Present after the first round of a decision. */
  readonly round?: LaterRound;
  /** What the step says of its calls; it goes before what the agent says. */
  readonly urgency?: Urgency;
  /** Who gets `task.completed` or `task.failed`. */
  readonly replyTo: ActorId;
};

/** What an agent is told of a decision that goes on. */
export type LaterRound = {
  /** From 1. */
  readonly round: number;
  readonly kind: Exclude<RoundKind, "first">;
  /** Options that led without a winner between them; empty unless it was a tie. */
  readonly tied: readonly string[];
  /** The ballots of the round before, in the order of the electorate. Empty for a re-vote. */
  readonly ballots: readonly Argument[];
};

/** A ballot as others see it. */
export type Argument = {
  readonly agent: string;
  readonly option: string | null;
  readonly confidencePpm: number | null;
  readonly reason?: string;
};

export type AgentAnswer = {
  readonly text: string;
  readonly choice?: string;
  readonly confidence?: number;
  /** Why, in the agent's own words. */
  readonly reason?: string;
  readonly usage: Usage;
};

export type TaskCompleted = {
  readonly type: "task.completed";
  readonly step: string;
  readonly answer: AgentAnswer;
};

/** The agent gave up. `code` is closed, so that a workflow can choose. */
export type TaskFailed = {
  readonly type: "task.failed";
  readonly step: string;
  readonly code: "UNUSABLE_REPLY" | "BUDGET_SPENT" | "INFERENCE_FAILED" | "AGENT_CRASHED";
  readonly message: string;
};

export type AgentMessage = TaskAssigned | TaskCompleted | TaskFailed;
