import type { Effect, EndRun } from "./effect.ts";
import type { ActorId, EnvelopeId, RunId } from "./ids.ts";
import type { Json } from "./json.ts";
import type { Message } from "./message.ts";

/** The first row of a run: all that it starts from. Resume and replay read it, never today's files. */
export type HeaderRow = {
  readonly type: "header";
  readonly run: RunId;
  /** Microseconds since 1970. */
  readonly atUs: number;
  readonly swarm: string;
  /** Where the task came from; `digest` is the sha256 of its source: a changed task is refused on resume. */
  readonly task: { readonly name: string; readonly path: string | null; readonly digest: string };
  readonly plan: Json;
  readonly seed: number;
  /** What messages of this process go over; absent: a bus inside it. */
  readonly bus?: "nats";
  /** Name, digest and kind of each model that the plan names. */
  readonly models: Json;
  /** Trust counts that the run starts from, frozen. */
  readonly trust: Json;
};

type TurnRowBase = {
  readonly type: "turn";
  readonly run: RunId;
  readonly actor: ActorId;
  /** Counts the turns of this actor in this run, from 0. */
  readonly seq: number;
  readonly atUs: number;
  /** The id of the envelope that this turn consumed. */
  readonly cause: EnvelopeId;
  readonly input: Message;
};

/** One turn of one actor: what it was told and what it decided. */
export type DecidedRow = TurnRowBase & { readonly effects: readonly Effect[] };

/** A turn whose step threw: the input was skipped and the actor restarted. */
export type FailedRow = TurnRowBase & {
  readonly failed: { readonly code: string; readonly message: string };
};

export type TurnRow = DecidedRow | FailedRow;

/** A process has taken the run up again. Timers that run on process time count from here. */
export type ResumedRow = {
  readonly type: "resumed";
  readonly run: RunId;
  readonly atUs: number;
  readonly swarm: string;
  /** As in the header, of the process that goes on. */
  readonly bus?: "nats";
};

/** A person has ruled on a decision, while no process drove the run. The workflow is told when one does. */
export type RuledRow = {
  readonly type: "ruled";
  readonly run: RunId;
  readonly atUs: number;
  readonly swarm: string;
  readonly decision: string;
  readonly option: string;
  readonly reason?: string;
};

/** The last row of a run that ended by itself. */
export type FinishedRow = { readonly type: "finished"; readonly run: RunId; readonly atUs: number } & Omit<
  EndRun,
  "type"
>;

export type Row = HeaderRow | TurnRow | ResumedRow | RuledRow | FinishedRow;
