import type { Json } from "../../coordination/protocol/json.ts";
import type { ActorId, EnvelopeId } from "../../coordination/protocol/ids.ts";
import { debtId, type Debt } from "./outstanding.ts";
import type { RunState } from "./run-state.ts";

/** A snapshot is taken every so many rows, so that a resume refolds a tail and not the run. */
export const usualSnapshotEveryRows = 4096;

type ActorSnapshot = {
  readonly id: ActorId;
  readonly state: Json;
  readonly seq: number;
  readonly failures: number;
  readonly assignedBy: EnvelopeId;
};
type RunSnapshot = {
  readonly actors: readonly ActorSnapshot[];
  readonly debts: readonly Debt[];
  readonly processUs: number;
  readonly lastAtUs: number;
  readonly committed: number;
  /** Absent: none. */
  readonly rulings?: number;
  readonly retired?: readonly ActorId[];
};

/** The state of all actors between two turns, and what is still to be done, as plain data. */
export const encodeSnapshot = (state: RunState): Json => {
  const retired = [...state.roster.retired];
  const snapshot: RunSnapshot = {
    actors: [...state.roster].map(({ id, cell, seq, failures, assignedBy }) => ({
      id,
      state: cell.snapshot(),
      seq,
      failures,
      assignedBy,
    })),
    debts: [...state.outstanding],
    processUs: state.processUs,
    lastAtUs: state.lastAtUs,
    committed: state.committed,
    ...(state.rulings === 0 ? {} : { rulings: state.rulings }),
    ...(retired.length === 0 ? {} : { retired }),
  };
  return snapshot;
};

/** Fills a fresh state from a snapshot of the same run, written by `encodeSnapshot`. */
export const decodeSnapshot = (json: Json, into: RunState): void => {
  const snapshot = json as unknown as RunSnapshot;
  for (const debt of into.outstanding) into.outstanding.pay(debtId(debt));
  for (const { id, state, ...rest } of snapshot.actors) into.roster.restore(id, state, rest);
  for (const debt of snapshot.debts) into.outstanding.add(debt);
  into.processUs = snapshot.processUs;
  into.lastAtUs = snapshot.lastAtUs;
  into.committed = snapshot.committed;
  into.rulings = snapshot.rulings ?? 0;
  for (const id of snapshot.retired ?? []) into.roster.retire(id);
};
