import type { ActorId, EnvelopeId } from "../../coordination/protocol/ids.ts";
import type { Cancel, Clock } from "./clock.ts";

/** The running timers of a host. A name runs at most once an actor. */
export class Timers {
  readonly #clock: Clock;
  readonly #running = new Map<string, { readonly id: EnvelopeId; readonly cancel: Cancel }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  start(id: EnvelopeId, actor: ActorId, timer: string, ms: number, fire: () => void): void {
    this.cancel(actor, timer);
    const key = timerKey(actor, timer);
    const cancel = this.#clock.after(Math.max(0, ms), () => {
      if (this.#running.get(key)?.id === id) this.#running.delete(key);
      fire();
    });
    this.#running.set(key, { id, cancel });
  }

  cancel(actor: ActorId, timer: string): void {
    const key = timerKey(actor, timer);
    this.#running.get(key)?.cancel();
    this.#running.delete(key);
  }

  close(): void {
    for (const { cancel } of this.#running.values()) cancel();
    this.#running.clear();
  }
}

/** A timer's identity within a run. */
export const timerKey = (actor: ActorId, timer: string): string => `${actor}\n${timer}`;
