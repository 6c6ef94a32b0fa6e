import type { StoredRow } from "../../coordination/log/log.ts";
import { callOf, envelopeId, type EnvelopeId, type RunId } from "../../coordination/protocol/ids.ts";
import { invariant } from "../../coordination/protocol/invariant.ts";
import type { Message } from "../../coordination/protocol/message.ts";
import type { FinishedRow, TurnRow } from "../../coordination/protocol/row.ts";
import type { Cell } from "./cell.ts";
import { firstDifference, type Difference } from "./difference.ts";
import type { Debt } from "./outstanding.ts";
import { advanceTime, settle, takeRuling } from "./recover.ts";
import { freshRun, type RunState } from "./run-state.ts";
import type { Cast } from "./roster.ts";
import { failureOf } from "./turn.ts";

export type Divergence = Difference & {
  /** Position of the row in the run. */
  readonly position: number;
  readonly actor: string;
  readonly seq: number;
  readonly likely: string;
  /** The rows that still agreed, the last five of them, as `ACTOR#SEQ input`. */
  readonly agreed: readonly string[];
};

export type Replay =
  | { readonly type: "identical"; readonly rows: number; readonly finished: FinishedRow | undefined }
  | { readonly type: "diverged"; readonly rows: number; readonly divergence: Divergence };

/**
 * Runs the rows of a run again without performing anything: each recorded input is told to its actor, and what the actor
 * wants done is compared with what is on record. No model, tool, clock or socket is touched.
 */
export const replayRows = (rows: Iterable<StoredRow>, run: RunId, cast: Cast): Replay => {
  const state = freshRun(run, cast);
  const agreed: string[] = [];
  let count = 0;
  let finished: FinishedRow | undefined;
  for (const { row, position } of rows) {
    if (row.type === "turn") {
      const difference = replayTurn(state, row);
      if (difference !== undefined) {
        const { actor, seq } = row;
        return {
          type: "diverged",
          rows: count,
          divergence: { position, actor, seq, agreed, likely: likelyCause(difference), ...difference },
        };
      }
      agreed.push(`${row.actor}#${row.seq} ${row.input.type}`);
      if (agreed.length > 5) agreed.shift();
    } else if (row.type === "finished") {
      const difference = endDifference(state, row);
      if (difference !== undefined) {
        const divergence = {
          position,
          actor: "host",
          seq: 0,
          agreed,
          likely: likelyCause(difference),
          ...difference,
        };
        return { type: "diverged", rows: count, divergence };
      }
      finished = row;
    } else if (row.type === "ruled") takeRuling(state, row);
    else state.lastAtUs = row.atUs;
    count += 1;
  }
  return { type: "identical", rows: count, finished };
};

const replayTurn = (state: RunState, row: TurnRow): Difference | undefined => {
  const difference = inputDifference(state, row);
  if (difference !== undefined) return difference;
  const hosted = state.roster.receiverOf({ id: row.cause, to: row.actor, body: row.input });
  if (hosted === undefined || hosted.seq !== row.seq) {
    return { path: "seq", recorded: row.seq, replayed: hosted?.seq };
  }
  hosted.seq += 1;
  const decided = decide(state, hosted.cell, row);
  const recorded = "failed" in row ? { failed: row.failed } : { effects: row.effects };
  const different = firstDifference(recorded, decided);
  if (different !== undefined) return different;
  advanceTime(state, row.atUs);
  settle(state, row);
  return undefined;
};

const decide = (state: RunState, cell: Cell, row: TurnRow) => {
  // A failed input is tried on a copy: XState actors do not survive an exception, and the live one was rebuilt without it.
  const told = "failed" in row ? copyOf(state, cell, row) : cell;
  try {
    return { effects: told.tell(row.input) };
  } catch (error) {
    return { failed: failureOf(error) };
  }
};

const copyOf = (state: RunState, cell: Cell, row: TurnRow) => {
  const copy = state.roster.partOf(row.actor)?.spawn(row.actor, cell.snapshot());
  invariant(copy !== undefined, `no part for ${row.actor}`);
  return copy;
};

/** An input must be what an earlier effect brings about: its own words for a message, an answer to it for the rest. */
const inputDifference = (state: RunState, row: TurnRow): Difference | undefined => {
  const { input } = row;
  const debt = state.outstanding.get(row.cause) ?? state.outstanding.get(subjectOf(row));
  if (debt === undefined) return { path: "cause", recorded: row.cause, replayed: undefined };
  if (debt.type === "envelope" && debt.envelope.id !== row.cause) return undefined;
  if (debt.type === "generate" && input.type === "inference.attempted" && input.attempt !== debt.attempts + 1)
    return { path: "input.attempt", recorded: input.attempt, replayed: debt.attempts + 1 };
  return debtDifference(debt, input);
};

/** What a notice is about: a message that was not handled, or a call of which a try failed. */
const subjectOf = ({ input, cause }: TurnRow): EnvelopeId => {
  switch (input.type) {
    case "delivery.failed":
      return envelopeId(cause.slice(0, -1));
    case "inference.attempted":
      return callOf(cause);
    default:
      return cause;
  }
};

// What the world answered is on record only; that it answers this question is compared.
const debtDifference = (debt: Debt, input: Message): Difference | undefined => {
  switch (debt.type) {
    case "envelope":
      return firstDifference(input, asToldThen(input, debt.envelope.body), "input");
    case "timer":
      return firstDifference(input, { type: "timer.fired", timer: debt.effect.timer }, "input");
    case "generate":
    case "command":
      return firstDifference(
        "request" in input ? input.request : undefined,
        debt.effect.request,
        "input.request",
      );
    case "model":
      return firstDifference("model" in input ? input.model : undefined, debt.effect.model, "input.model");
    case "propose":
      return firstDifference("entry" in input ? input.entry : undefined, debt.effect.entry, "input.entry");
  }
};

// Earlier versions did not say which request a notice of failure is about, nor that a decision is over.
const asToldThen = (input: Message, body: Message): Message => {
  if (body.type !== "delivery.failed") return body;
  const { request, isOver, ...rest } = body;
  return {
    ...rest,
    ...("request" in input && request !== undefined ? { request } : {}),
    ...("isOver" in input && isOver !== undefined ? { isOver } : {}),
  };
};

const endDifference = (state: RunState, row: FinishedRow): Difference | undefined => {
  const { type: _row, run: _run, atUs: _atUs, ...recorded } = row;
  const { type: _effect, ...replayed } = state.ended ?? { type: "endRun" };
  return firstDifference(recorded, replayed);
};

const likelyCause = ({ path }: Difference): string => {
  if (path === "cause" || path === "seq" || path.startsWith("input")) {
    return "the record was changed, or the code now sends something else or in another order";
  }
  if (path.startsWith("failed")) return "a step that failed then does not fail in the same way now";
  return "the code that decides is not the one that recorded the run, or the record was changed";
};
