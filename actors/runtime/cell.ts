import { createActor, fromTransition, type AnyStateMachine } from "xstate";
import type { Effect } from "../../coordination/protocol/effect.ts";
import type { ActorId } from "../../coordination/protocol/ids.ts";
import type { Json } from "../../coordination/protocol/json.ts";
import type { Message } from "../../coordination/protocol/message.ts";
import type { Step, Turn } from "../../coordination/protocol/step.ts";

/** An actor in its host's hands: told one message at a time, it answers with what it wants done. */
export interface Cell {
  /** Throws what the step threw; the cell is then spent, and a new one must be built from the actor's rows. */
  tell(message: Message): readonly Effect[];
  /** The state as plain data, from which `spawn` makes an equal cell. */
  snapshot(): Json;
  /** A name for the situation that the actor is in, for people. */
  situation(): string;
}

/** How one kind of actor behaves. */
export interface Behaviour {
  /** A cell at its beginning, or in the state of an earlier `snapshot`. */
  spawn(id: ActorId, snapshot?: Json): Cell;
}

/** What a statechart emits for each effect; see `actors/agent/machine.ts`. */
export type EffectEmitted = { readonly type: "effect"; readonly effect: Effect };

type Told = { readonly type: "told"; readonly message: Message };

/** Lifts a plain step onto an XState transition actor. */
export const stepBehaviour = <State extends Json>(step: Step<State, Message>, initial: State): Behaviour => ({
  spawn: (id, snapshot) => {
    // A snapshot is our own earlier state: the row codec and the digest of the task guard it.
    const state = snapshot === undefined ? initial : (snapshot as State);
    const logic = fromTransition(
      (turn: Turn<State>, told: Told): Turn<State> => step(turn.state, told.message),
      {
        state,
        effects: [],
      },
    );
    const actor = createActor(logic, { id });
    const fault = faultOf(actor);
    actor.start();
    return {
      tell: (message) => {
        actor.send({ type: "told", message });
        fault.rethrow();
        return actor.getSnapshot().context.effects;
      },
      snapshot: () => actor.getSnapshot().context.state,
      situation: () => "active",
    };
  },
});

/** Hosts a statechart whose actions emit their effects. */
export const chartBehaviour = (machine: AnyStateMachine): Behaviour => ({
  spawn: (id, snapshot) => {
    const actor = createActor(machine, snapshot === undefined ? { id } : { id, snapshot: snapshot as never });
    const fault = faultOf(actor);
    let effects: Effect[] = [];
    actor.on("effect", (emitted: EffectEmitted) => void effects.push(emitted.effect));
    actor.start();
    return {
      tell: (message) => {
        effects = [];
        actor.send(message);
        fault.rethrow();
        return effects;
      },
      snapshot: () => {
        const { context, ...rest } = actor.getSnapshot();
        // XState would search the whole context for references to other actors. Ours is plain data, and has none.
        const persisted = machine.getPersistedSnapshot({ ...rest, context: {} } as never) as object;
        return { ...persisted, context };
      },
      situation: () => String(actor.getSnapshot().value),
    };
  },
});

// XState reports a throwing transition to observers, and without one to the process. We want it where it was caused.
const faultOf = (actor: { subscribe(observer: { error(error: unknown): void }): unknown }) => {
  let fault: { readonly error: unknown } | undefined;
  actor.subscribe({ error: (error) => (fault = { error }) });
  return {
    rethrow: () => {
      if (fault !== undefined) throw fault.error;
    },
  };
};
