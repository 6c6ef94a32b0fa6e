import type { Entry } from "./decision-messages.ts";
import type { ExitCode } from "./errors.ts";
import type { ActorId } from "./ids.ts";
import type { Grant, InferenceRequest } from "./inference-messages.ts";
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

/**
 * Asks the engine; brings `inference.completed`, `inference.failed` or, after `saveSequence`, `inference.paused` to the
 * actor that emitted it, and before that an `inference.attempted` for each try that another followed. `restoreSequence` goes on
 * with a request that was paused, from the beginning if its saved state is gone.
 */
export type Generate = {
  readonly type: "generate" | "restoreSequence";
  readonly request: string;
  readonly body: InferenceRequest;
  readonly grant: Grant;
  /** That of its request, where it is not 0: the engine puts the tokens of a higher one first into a batch. */
  readonly priority?: number;
  /** How many tries that cost something the budget has room for; absent: one. */
  readonly tries?: number;
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

/** Asks the engine to stop a request at the next token and to keep what it computed. In vain if it ends first. */
export type SaveSequence = { readonly type: "saveSequence"; readonly request: string };

/** Nobody waits for this request any more: ends it with ABORTED if it is under way, and drops what was saved of it. */
export type AbortGeneration = { readonly type: "abortGeneration"; readonly request: string };

/** Brings a model into memory with a context of so many sequences; brings `model.loaded` or `model.failed`. `bytes` are set aside. */
export type LoadModel = {
  readonly type: "loadModel";
  readonly model: string;
  readonly sequences: number;
  readonly bytes: number;
};
/** Takes a model that works on nothing out of memory; brings `model.evicted`. */
export type EvictModel = { readonly type: "evictModel"; readonly model: string };

/** What the engine answers by a message. */
export type EngineEffect = Generate | LoadModel | EvictModel;
/** What the engine is told in passing. */
export type EngineSignal = SaveSequence | AbortGeneration;

/** Hands an entry to the coordinator; brings `entry.committed` to the `decisions` actor. */
export type Propose = { readonly type: "propose"; readonly entry: Entry };

/** This actor has done its work and takes no further turns. */
export type Stop = { readonly type: "stop" };

/** The run is over, with this outcome. */
export type EndRun = {
  readonly type: "endRun";
  readonly outcome: "done" | "failed" | "not-settled" | "budget-spent";
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
  | EngineEffect
  | EngineSignal
  | RunCommand
  | Propose
  | Stop
  | Suspend
  | EndRun;
