import type { EventLog } from "../../coordination/log/log.ts";
import {
  callOf,
  effectId,
  failedId,
  hostActor,
  workflowActor,
  type ActorId,
  type EnvelopeId,
  type RunId,
} from "../../coordination/protocol/ids.ts";
import { invariant } from "../../coordination/protocol/invariant.ts";
import type { DecidedRow, FailedRow, RuledRow, TurnRow } from "../../coordination/protocol/row.ts";
import { debtOf, type Debt } from "./outstanding.ts";
import type { Hosted, Roster, Cast } from "./roster.ts";
import { freshRun, recalledRows, type RunState } from "./run-state.ts";
import { decodeSnapshot } from "./snapshot.ts";
import { verdictOn } from "./supervise.ts";

/**
 * Folds a run's rows into the state of its host: from the newest snapshot on if there is one, so that the cost is that of
 * the tail. Some rows before it are read for their ids only.
 */
export const recover = (log: EventLog, run: RunId, cast: Cast): RunState => {
  const state = freshRun(run, cast);
  const snapshot = log.latestSnapshot(run);
  const last = log.summary(run)?.last.position ?? -1;
  if (snapshot !== undefined) {
    decodeSnapshot(snapshot.state, state);
    state.position = snapshot.position;
  }
  const foldFrom = state.position + 1;
  const sent: EnvelopeId[] = [];
  for (const { row, position } of log.read(run, {
    from: Math.max(0, Math.min(foldFrom, last - recalledRows)),
  })) {
    if (row.type === "turn") {
      state.seen.add(row.cause);
      sent.push(...sentBy(row));
    }
    if (position < foldFrom) continue;
    state.position = position;
    state.rowsSinceSnapshot += 1;
    switch (row.type) {
      case "header":
      case "resumed":
        state.lastAtUs = row.atUs;
        break;
      case "ruled":
        takeRuling(state, row);
        break;
      case "finished":
        state.finished = row;
        break;
      case "turn":
        advanceTime(state, row.atUs);
        refold(state, row);
        settle(state, row);
        break;
    }
  }
  // What is owed no more, though no row received it, was refused or came too late.
  for (const id of sent) if (state.outstanding.get(id) === undefined) state.seen.add(id);
  return state;
};

const sentBy = (row: TurnRow): readonly EnvelopeId[] =>
  "failed" in row
    ? []
    : row.effects.flatMap(({ type }, index) =>
        type === "send" ? [effectId(row.actor, row.seq, index)] : [],
      );

/** A person's word becomes a message to the workflow. The clock stood still meanwhile. */
export const takeRuling = (state: RunState, { run, atUs, decision, option, reason }: RuledRow): void => {
  state.lastAtUs = atUs;
  state.waiting = undefined;
  state.rulings += 1;
  const why = reason === undefined ? {} : { reason };
  state.outstanding.add({
    type: "envelope",
    envelope: {
      // Number 0 started the run.
      id: effectId(hostActor, state.rulings, 0),
      run,
      to: workflowActor,
      body: { type: "person.ruled", decision, option, ...why },
    },
  });
};

/** Counts the time since the row before, of this process, as process time. */
export const advanceTime = (state: RunState, atUs: number): void => {
  state.processUs += Math.max(0, atUs - state.lastAtUs);
  state.lastAtUs = atUs;
};

const refold = (state: RunState, row: TurnRow): void => {
  const hosted = receiverOf(state, row);
  hosted.seq += 1;
  if (!("failed" in row)) hosted.cell.tell(row.input);
};

/** The actor whose turn a row is, brought to life by it if need be. */
export const receiverOf = (state: RunState, row: TurnRow): Hosted => {
  const hosted = state.roster.receiverOf({ id: row.cause, to: row.actor, body: row.input });
  invariant(hosted !== undefined && hosted.seq === row.seq, `row ${row.actor}#${row.seq} does not follow`);
  return hosted;
};

/** What is to be done about a row that was just booked. `restart`: the actor's cell is spent. */
export type Settled = { readonly debts: readonly Debt[]; readonly restart: boolean };

/** Books what a row pays and what it owes. The same for a live turn, for one read back and for one replayed. */
export const settle = (state: RunState, row: TurnRow): Settled => {
  state.outstanding.pay(row.cause);
  if (row.input.type === "inference.attempted") state.outstanding.countAttempt(callOf(row.cause));
  if (row.input.type === "entry.committed") state.committed = Math.max(state.committed, row.input.index);
  // A notice of failure also settles what it is about.
  const failed = failedId(row.cause);
  if (failed !== undefined) state.outstanding.pay(failed);
  const settled = "failed" in row ? settleFailure(state, row) : settleEffects(state, row);
  for (const debt of settled.debts) state.outstanding.add(debt);
  return settled;
};

const settleEffects = (state: RunState, row: DecidedRow): Settled => {
  let debts: Debt[] = [];
  row.effects.forEach((effect, index) => {
    // Order matters: a timer may be started and cancelled, or cancelled and started anew, in one turn.
    if (effect.type === "startTimer" || effect.type === "cancelTimer")
      debts = debts.filter((debt) => debt.type !== "timer" || debt.effect.timer !== effect.timer);
    const debt = debtOf(row, effect, index, state.processUs);
    if (debt !== undefined) debts.push(debt);
    if (effect.type === "cancelTimer") state.outstanding.cancelTimer(row.actor, effect.timer);
    if (effect.type === "abortGeneration") state.outstanding.abort(effect.request);
    if (effect.type === "stop") stop(state, row.actor);
    if (effect.type === "suspend") state.waiting = effect.decisions;
    if (effect.type === "endRun") state.ended = effect;
  });
  return { debts, restart: false };
};

/** An agent that came to life again would count its turns anew, and its ids would be those of what it did before. */
const stop = (state: RunState, actor: ActorId): void => {
  state.roster.remove(actor);
  for (const assignment of state.outstanding.assignmentsTo(actor)) {
    state.outstanding.pay(assignment);
    state.seen.add(assignment);
  }
};

const settleFailure = (state: RunState, row: FailedRow): Settled => {
  const hosted = state.roster.get(row.actor);
  invariant(hosted !== undefined, `${row.actor} failed but is not here`);
  hosted.failures += 1;
  const verdict = verdictOn(row, hosted);
  if (verdict.type === "endRun") {
    state.ended = verdict.effect;
    return { debts: [], restart: false };
  }
  if (verdict.type === "retire") state.roster.retire(row.actor);
  return { debts: [verdict.notice], restart: verdict.type !== "retire" };
};

/** A new cell for an actor whose step threw: all its turns but the failed ones, told again. */
export const rebuild = (log: EventLog, run: RunId, hosted: Hosted, roster: Roster): void => {
  const cell = roster.respawn(hosted.id);
  for (const { row } of log.read(run, { actor: hosted.id })) {
    if (row.type === "turn" && row.actor === hosted.id && !("failed" in row)) cell.tell(row.input);
  }
  hosted.cell = cell;
};
