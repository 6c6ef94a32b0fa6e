import type { Behaviour } from "../../actors/runtime/cell.ts";
import { debtId } from "../../actors/runtime/outstanding.ts";
import { RecentIds } from "../../actors/runtime/recent-ids.ts";
import type { RunState } from "../../actors/runtime/run-state.ts";
import type { Effect } from "../../coordination/protocol/effect.ts";
import { decisionsActor, envelopeId, originOf } from "../../coordination/protocol/ids.ts";
import type { Json } from "../../coordination/protocol/json.ts";
import type { Tampering } from "./tampering.ts";

/** A fault that somebody might write, and what the checks must say about it for some seed. */
export type Fault = {
  readonly tampering: () => Tampering;
  readonly says: RegExp;
};

class Forgetful extends RecentIds {
  override has(): boolean {
    return false;
  }
}

const lost = /the run is stuck/;
const strange = /taken twice|replay diverged/;

const forget = (state: RunState, isForgotten: (id: string, type: string) => boolean): RunState => {
  for (const debt of [...state.outstanding])
    if (isForgotten(debtId(debt), debt.type)) state.outstanding.pay(debtId(debt));
  return state;
};

const withEffects = (behaviour: Behaviour, change: (effect: Effect) => Effect): Behaviour => ({
  spawn: (id, snapshot) => {
    const cell = behaviour.spawn(id, snapshot);
    return { ...cell, tell: (message) => cell.tell(message).map(change) };
  },
});

const withPrompt = (effect: Effect, text: string): Effect =>
  effect.type === "send" && effect.body.type === "task.assigned"
    ? { ...effect, body: { ...effect.body, prompt: `${effect.body.prompt} ${text}` } }
    : effect;

/** Faults of the runtime and its ports, by what goes wrong. */
export const faults: Readonly<Record<string, Fault>> = {
  "a host does not know what it has taken": {
    tampering: () => ({ recovered: (state) => ({ ...state, seen: new Forgetful(1) }) }),
    says: strange,
  },
  "a recovery forgets what was taken": {
    tampering: () => ({ recovered: (state) => ({ ...state, seen: new RecentIds(1_000) }) }),
    says: strange,
  },
  "a recovery redoes no debts": {
    tampering: () => ({
      recovered: (state, process) => (process === 0 ? state : forget(state, () => true)),
    }),
    says: lost,
  },
  "a recovery forgets the debts of the last row": {
    tampering: () => ({
      recovered: (state, process) => {
        const newest = [...state.outstanding].at(-1);
        if (process === 0 || newest === undefined) return state;
        const row = debtId(newest).split(".")[0] ?? "";
        return forget(state, (id) => id.startsWith(`${row}.`));
      },
    }),
    says: lost,
  },
  "a recovery forgets what a person has said": {
    tampering: () => ({
      recovered: (state) => forget(state, (id) => id.startsWith("host#") && id !== "host#0.0"),
    }),
    says: lost,
  },
  "a recovery starts no timers": {
    tampering: () => ({ recovered: (state) => forget(state, (_, type) => type === "timer") }),
    says: lost,
  },
  "a recovery numbers turns from the start": {
    tampering: () => ({
      recovered: (state) => {
        for (const hosted of state.roster) hosted.seq = 0;
        return state;
      },
    }),
    says: /does not follow|replay diverged|stuck/,
  },
  "a courier never sends again": {
    tampering: () => ({
      courier: (courier) => (deps) =>
        courier({ ...deps, clock: { nowUs: () => deps.clock.nowUs(), after: () => () => undefined } }),
    }),
    says: lost,
  },
  "a courier takes what it has sent for delivered": {
    tampering: () => ({
      courier: (courier) => (deps) => {
        const inner = courier(deps);
        return {
          ...inner,
          post: (envelope, recorded) => {
            inner.post(envelope, recorded);
            deps.paid(envelope.id);
          },
        };
      },
    }),
    says: lost,
  },
  "a courier does not wait for the row of what it sends": {
    tampering: () => ({
      courier: (courier) => (deps) => {
        const eager = courier(deps);
        return { ...eager, post: (envelope) => eager.post(envelope, () => Promise.resolve()) };
      },
    }),
    says: strange,
  },
  "ids depend on the process": {
    tampering: () => ({
      courier: (courier, process) => (deps) => {
        const inner = courier(deps);
        const renamed = (id: string) => envelopeId(`${id}${process}`);
        return {
          ...inner,
          post: (envelope, recorded) => inner.post({ ...envelope, id: renamed(envelope.id) }, recorded),
        };
      },
    }),
    says: strange,
  },
  "nobody is told of a failed step": {
    tampering: () => ({
      courier: (courier) => (deps) => {
        const inner = courier(deps);
        return {
          ...inner,
          post: (envelope, recorded) =>
            envelope.body.type === "delivery.failed" ? undefined : inner.post(envelope, recorded),
        };
      },
    }),
    says: lost,
  },
  "a log says too early that a row is on disk": {
    tampering: () => ({ log: (log) => ({ ...log, durable: () => Promise.resolve() }) }),
    says: /replay diverged|before its last row was on disk/,
  },
  "a snapshot forgets what is outstanding": {
    tampering: () => ({
      log: (log) => ({
        ...log,
        saveSnapshot: (run, { position, state }) =>
          log.saveSnapshot(run, { position, state: { ...(state as Record<string, Json>), debts: [] } }),
      }),
    }),
    says: lost,
  },
  "a snapshot is taken for one of the row before": {
    tampering: () => ({
      log: (log) => ({
        ...log,
        saveSnapshot: (run, { position, state }) => log.saveSnapshot(run, { position: position - 1, state }),
      }),
    }),
    says: /does not follow|replay diverged|taken twice/,
  },
  "entries are numbered from the start after a crash": {
    tampering: () => {
      let index = 0;
      return {
        recovered: (state) => {
          index = 0;
          return state;
        },
        coordinator: (deps) => ({
          ...deps,
          committed: (id, body) => deps.committed(id, { ...body, index: (index += 1) }),
        }),
      };
    },
    says: lost,
  },
  "a step rolls dice": {
    tampering: () => ({
      cast: (cast) => (actor) => {
        const behaviour = cast(actor);
        return behaviour && withEffects(behaviour, (effect) => withPrompt(effect, `${Math.random()}`));
      },
    }),
    says: /replay diverged/,
  },
  "a step reads the clock": {
    tampering: () => ({
      cast: (cast, clock) => (actor) => {
        const behaviour = cast(actor);
        return behaviour && withEffects(behaviour, (effect) => withPrompt(effect, `${clock.nowUs()}`));
      },
    }),
    says: /replay diverged/,
  },
  "a step keeps something beside its state": {
    tampering: () => ({
      cast: (cast) => {
        let told = 0;
        return (actor) => {
          const behaviour = cast(actor);
          return behaviour && withEffects(behaviour, (effect) => withPrompt(effect, `${(told += 1)}`));
        };
      },
    }),
    says: /replay diverged/,
  },
  "the workflow is not told an outcome": {
    tampering: () => ({
      courier: (courier) => (deps) => {
        const inner = courier(deps);
        return {
          ...inner,
          post: (envelope, recorded) =>
            originOf(envelope.id) === decisionsActor && envelope.to === "workflow"
              ? undefined
              : inner.post(envelope, recorded),
        };
      },
    }),
    says: lost,
  },
};
