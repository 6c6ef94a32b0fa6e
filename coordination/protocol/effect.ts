import type { Entry } from "./decision-messages.ts";
import type { ExitCode } from "./errors.ts";
import type { ActorId } from "./ids.ts";
import type { InferenceRequest } from "./inference-messages.ts";
import type { Json } from "./json.ts";
import type { Message } from "./message.ts";

export type Send = { readonly type: "send"; readonly to: ActorId; readonly body: Message };

/**
 * Brings `timer.fired` after `ms` milliseconds. Process time stands still while no process drives the run; wall time
 * does not. A new timer of the same name replaces the old one.
 */
export type StartTimer = {
  readonly type: "startTimer";
  readonly timer: string;
  readonly ms: number;
  readonly clock: "process" | "wall";
};
export type CancelTimer = { readonly type: "cancelTimer"; readonly timer: string };

/** Asks the engine; brings `inference.completed` or `inference.failed` to the actor that emitted it. */
export type Generate = {
  readonly type: "generate";
  readonly request: string;
  readonly body: InferenceRequest;
};

/**
 * Runs a program, without a shell; brings `command.completed` to the actor that emitted it. It begins once the row is on disk, and again after a
 * crash in between.
 */
export type RunCommand = {
  readonly type: "runCommand";
  /** Names it in the answer. */
  readonly request: string;
  /** The program and its arguments. */
  readonly command: readonly string[];
  /** Absolute path of the folder that it runs in. */
  readonly cwd: string;
  readonly timeoutMs: number;
};

/** Hands an entry to the coordinator; brings `entry.committed` to the `decisions` actor. */
export type Propose = { readonly type: "propose"; readonly entry: Entry };

/** This actor has done its work and takes no further turns. */
export type Stop = { readonly type: "stop" };

/** The run is over, with this outcome. */
export type EndRun = {
  readonly type: "endRun";
  readonly outcome: "done" | "failed" | "not-settled" | "budget-spent" | "timeout";
  readonly exit: ExitCode;
  readonly outputs: Readonly<Record<string, Json>>;
  /** What went wrong, in one sentence, where the outcome is not `done`. */
  readonly message?: string;
};

/** Nothing is left to do but what people must do: the process lets go of the run until one has. */
export type Suspend = { readonly type: "suspend"; readonly decisions: readonly string[] };

/** Everything that an actor can ask for: plain data, done by the host after the turn is recorded. */
export type Effect =
  | Send
  | StartTimer
  | CancelTimer
  | Generate
  | RunCommand
  | Propose
  | Stop
  | Suspend
  | EndRun;
