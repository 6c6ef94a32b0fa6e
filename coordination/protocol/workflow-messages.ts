import type { EnvelopeId, ActorId } from "./ids.ts";

/** The first message of every run; its cause is the header. */
export type RunStarted = { readonly type: "run.started" };

/** A timer of this actor is due. */
export type TimerFired = { readonly type: "timer.fired"; readonly timer: string };

/** A message that this actor sent was not handled: its receiver's mailbox was full, or its step failed on it. */
export type DeliveryFailed = {
  readonly type: "delivery.failed";
  readonly id: EnvelopeId;
  readonly to: ActorId;
  readonly code: "MAILBOX_FULL" | "STEP_FAILED" | "NO_SUCH_ACTOR";
  readonly message: string;
  /** The request that the lost message was or answered. Earlier versions do not tell it. */
  readonly request?: string;
  /** Present where the lost message said that a decision is over: nobody waits for an answer. Earlier versions do not tell it. */
  readonly isOver?: true;
};

/** A program has ended, or could not be run. */
export type CommandCompleted = {
  readonly type: "command.completed";
  readonly request: string;
  /** Its exit code; `null` if it has none. */
  readonly exit: number | null;
  /** Why it has no exit code. */
  readonly trouble?: string;
  /** The end of what it printed. */
  readonly output: string;
};

export type WorkflowMessage = RunStarted | TimerFired | CommandCompleted | DeliveryFailed;
