import type { Effect } from "../../../coordination/protocol/effect.ts";
import type { Message } from "../../../coordination/protocol/message.ts";
import type { SchedulerConfig } from "../../../inference/scheduling/config.ts";

type Held = { bytes: number; readonly sequences: number; isResident: boolean; isLeaving: boolean };
type Granted = { readonly model: string; readonly sequence: number };

/** Keeps its own books of what a scheduler was told and did, and says which law it broke first. */
export class Auditor {
  readonly #config: SchedulerConfig;
  readonly #held = new Map<string, Held>();
  readonly #granted = new Map<string, Granted>();
  readonly #paused = new Set<string>();
  readonly #waiting = new Set<string>();
  readonly #asked = new Set<string>();
  #broken: string | undefined;

  constructor(config: SchedulerConfig) {
    this.#config = config;
    for (const [name, { footprint, pinnedBytes = 0, concurrency }] of Object.entries(config.models))
      if (footprint === undefined)
        this.#held.set(name, {
          bytes: pinnedBytes,
          sequences: concurrency,
          isResident: true,
          isLeaving: false,
        });
  }

  get broken(): string | undefined {
    return this.#broken;
  }

  /** Requests that were asked and not answered. */
  get open(): number {
    return this.#waiting.size;
  }

  accuse(what: string): void {
    this.#broken ??= what;
  }

  told(message: Message): void {
    switch (message.type) {
      case "inference.requested":
        this.#asked.add(message.request);
        this.#waiting.add(message.request);
        return;
      case "inference.completed":
      case "inference.failed":
        this.#granted.delete(message.request);
        return;
      case "inference.paused":
        if (this.#granted.delete(message.request)) this.#paused.add(message.request);
        return;
      case "model.loaded": {
        const held = this.#held.get(message.model);
        if (held === undefined || held.isResident || held.isLeaving) return;
        const others = [...this.#held.values()].reduce((sum, { bytes }) => sum + bytes, -held.bytes);
        // A model that turns out too large must be sent away at once; until then its reservation counts.
        if (others + message.bytes <= (this.#config.memoryBytes ?? Infinity)) {
          held.bytes = message.bytes;
          held.isResident = true;
        }
        return;
      }
      case "model.failed":
        if (this.#held.get(message.model)?.isResident === false) this.#held.delete(message.model);
        return;
      case "model.evicted":
        if (this.#held.get(message.model)?.isLeaving === true) this.#held.delete(message.model);
        return;
      default:
        return;
    }
  }

  saw(effect: Effect): void {
    switch (effect.type) {
      case "loadModel": {
        const { model, bytes, sequences } = effect;
        if (this.#held.has(model)) this.accuse(`${model} is loaded twice`);
        if (sequences < 1) this.accuse(`${model} has no room for a turn`);
        this.#held.set(model, { bytes, sequences, isResident: false, isLeaving: false });
        return;
      }
      case "evictModel": {
        const held = this.#held.get(effect.model);
        if (held === undefined || held.isLeaving) return this.accuse(`${effect.model} is sent away twice`);
        if ([...this.#granted.values()].some(({ model }) => model === effect.model))
          this.accuse(`${effect.model} is sent away under a call`);
        held.isLeaving = true;
        held.isResident = false;
        return;
      }
      case "generate":
      case "restoreSequence":
        return this.#grant(effect.request, effect.grant, effect.type === "restoreSequence");
      case "send":
        if (effect.body.type === "inference.completed" || effect.body.type === "inference.failed")
          this.#answer(effect.body.request);
        return;
      default:
        return;
    }
  }

  #grant(request: string, grant: Granted, isRestored: boolean): void {
    const held = this.#held.get(grant.model);
    if (held?.isResident !== true)
      return this.accuse(`${request} runs on ${grant.model}, which is not there`);
    if (!this.#waiting.has(request)) this.accuse(`${request} runs and nobody waits for it`);
    if (this.#granted.has(request)) this.accuse(`${request} is granted twice`);
    if (isRestored !== this.#paused.delete(request)) this.accuse(`${request} was lost while it was paused`);
    if (grant.sequence >= held.sequences) this.accuse(`${grant.model} has no sequence ${grant.sequence}`);
    for (const other of this.#granted.values())
      if (other.model === grant.model && other.sequence === grant.sequence)
        this.accuse(`sequence ${grant.sequence} of ${grant.model} is given twice`);
    this.#granted.set(request, grant);
  }

  #answer(request: string): void {
    if (!this.#asked.has(request)) this.accuse(`${request} is answered and was not asked`);
    else if (!this.#waiting.delete(request)) this.accuse(`${request} is answered twice`);
    this.#paused.delete(request);
  }

  /** After each step. `underWay`: what the engine and the timers will still answer. */
  check(underWay: number, { type }: Message): void {
    const used = [...this.#held.values()].reduce((sum, { bytes }) => sum + bytes, 0);
    const most = this.#config.memoryBytes ?? Infinity;
    if (used > most) this.accuse(`${used} bytes are granted of ${most}, after ${type}`);
    if (this.open > 0 && underWay === 0)
      this.accuse(`${this.open} requests wait and nothing is under way, after ${type}`);
  }
}
