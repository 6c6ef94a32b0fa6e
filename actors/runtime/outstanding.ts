import type {
  Effect,
  EvictModel,
  Generate,
  LoadModel,
  Propose,
  RunCommand,
  StartTimer,
} from "../../coordination/protocol/effect.ts";
import type { Envelope } from "../../coordination/protocol/envelope.ts";
import { effectId, type ActorId, type EnvelopeId } from "../../coordination/protocol/ids.ts";
import type { DecidedRow } from "../../coordination/protocol/row.ts";
import { timerKey } from "./timers.ts";

/** Something that a row asked for and no row has answered yet. It is done again after a crash. */
export type Debt =
  | { readonly type: "envelope"; readonly envelope: Envelope }
  | {
      readonly type: "timer";
      readonly id: EnvelopeId;
      readonly actor: ActorId;
      readonly effect: StartTimer;
      readonly atUs: number;
      readonly processUs: number;
    }
  | {
      readonly type: "generate";
      readonly id: EnvelopeId;
      readonly actor: ActorId;
      readonly effect: Generate;
      /** Failed tries on record that another followed. */
      readonly attempts: number;
      /** The engine was told to end it. */
      readonly isUnwanted?: true;
    }
  | {
      readonly type: "model";
      readonly id: EnvelopeId;
      readonly actor: ActorId;
      readonly effect: LoadModel | EvictModel;
    }
  | {
      readonly type: "command";
      readonly id: EnvelopeId;
      readonly actor: ActorId;
      readonly effect: RunCommand;
    }
  | { readonly type: "propose"; readonly id: EnvelopeId; readonly actor: ActorId; readonly effect: Propose };

/** The id of the message that will pay a debt. */
export const debtId = (debt: Debt): EnvelopeId => (debt.type === "envelope" ? debt.envelope.id : debt.id);

const assigneeOf = (debt: Debt): ActorId | undefined =>
  debt.type === "envelope" && debt.envelope.body.type === "task.assigned" ? debt.envelope.to : undefined;

/** What effect number `index` of a row leaves to be done. `processUs`: process time of the run when the row was written. */
export const debtOf = (
  row: DecidedRow,
  effect: Effect,
  index: number,
  processUs: number,
): Debt | undefined => {
  const { actor } = row;
  const id = effectId(actor, row.seq, index);
  switch (effect.type) {
    case "send":
      return { type: "envelope", envelope: { id, run: row.run, to: effect.to, body: effect.body } };
    case "startTimer":
      return { type: "timer", id, actor, effect, atUs: row.atUs, processUs };
    case "generate":
    case "restoreSequence":
      return { type: "generate", id, actor, effect, attempts: 0 };
    case "loadModel":
    case "evictModel":
      return { type: "model", id, actor, effect };
    case "runCommand":
      return { type: "command", id, actor, effect };
    case "propose":
      return { type: "propose", id, actor, effect };
    case "cancelTimer":
    case "saveSequence":
    case "abortGeneration":
    case "stop":
    case "suspend":
    case "endRun":
      return undefined;
  }
};

/** All debts of a run, in the order in which they were made. */
export class Outstanding {
  readonly #debts = new Map<EnvelopeId, Debt>();
  readonly #timers = new Map<string, EnvelopeId>();
  /** By receiver: most have one, if any. */
  readonly #assignments = new Map<ActorId, EnvelopeId[]>();

  constructor(debts: Iterable<Debt> = []) {
    for (const debt of debts) this.add(debt);
  }

  add(debt: Debt): void {
    if (debt.type === "timer") {
      this.cancelTimer(debt.actor, debt.effect.timer);
      this.#timers.set(timerKey(debt.actor, debt.effect.timer), debt.id);
    }
    const id = debtId(debt);
    this.#debts.set(id, debt);
    const actor = assigneeOf(debt);
    if (actor !== undefined) this.#assignments.set(actor, [...this.assignmentsTo(actor), id]);
  }

  /** Returns whether there was such a debt. */
  pay(id: EnvelopeId): boolean {
    const debt = this.#debts.get(id);
    if (debt?.type === "timer") this.#timers.delete(timerKey(debt.actor, debt.effect.timer));
    const actor = debt === undefined ? undefined : assigneeOf(debt);
    if (actor !== undefined) {
      const others = this.assignmentsTo(actor).filter((each) => each !== id);
      if (others.length === 0) this.#assignments.delete(actor);
      else this.#assignments.set(actor, others);
    }
    return this.#debts.delete(id);
  }

  /** Work that an actor was given and has not taken up. */
  assignmentsTo(actor: ActorId): readonly EnvelopeId[] {
    return this.#assignments.get(actor) ?? [];
  }

  /** Counts a failed try of a call that is still open. */
  countAttempt(id: EnvelopeId): void {
    const debt = this.#debts.get(id);
    if (debt?.type === "generate") this.#debts.set(id, { ...debt, attempts: debt.attempts + 1 });
  }

  /** Notes of a call that is still open that its engine was told to end it. */
  abort(request: string): void {
    for (const [id, debt] of this.#debts)
      if (debt.type === "generate" && debt.effect.request === request)
        this.#debts.set(id, { ...debt, isUnwanted: true });
  }

  get(id: EnvelopeId): Debt | undefined {
    return this.#debts.get(id);
  }

  /** Returns the id of the timer that is no more, if it ran. */
  cancelTimer(actor: ActorId, timer: string): EnvelopeId | undefined {
    const id = this.#timers.get(timerKey(actor, timer));
    if (id !== undefined) this.pay(id);
    return id;
  }

  get size(): number {
    return this.#debts.size;
  }

  [Symbol.iterator](): IterableIterator<Debt> {
    return this.#debts.values();
  }
}
