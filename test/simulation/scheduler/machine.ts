import type { Generate } from "../../../coordination/protocol/effect.ts";
import {
  type BatchTokens,
  copyKvS,
  EVALUATION_S,
  MODELS,
  type ModelName,
  PREFILL_SHARE,
  readKvS,
  weightsS,
} from "./assumptions.ts";
import type { SimulatedTurn } from "./workloads.ts";

/** A call on the card: how far it has come. */
export type Sequence = {
  readonly request: string;
  readonly model: ModelName;
  readonly turn: SimulatedTurn;
  read: number;
  written: number;
  isSaving: boolean;
};

export type Ended =
  | { readonly type: "done"; readonly sequence: Sequence }
  | { readonly type: "saved"; readonly sequence: Sequence };

/** The card computes one evaluation at a time, each for one model: a token of every answer, and a part of the prompts. */
export class Card {
  readonly #batch: BatchTokens;
  readonly #running = new Map<ModelName, Map<string, Sequence>>();
  #last: ModelName | undefined;

  constructor(batch: BatchTokens) {
    this.#batch = batch;
  }

  begin(effect: Generate, model: ModelName, turn: SimulatedTurn, from?: Sequence): void {
    const { request } = effect;
    const sequence = from ?? { request, model, turn, read: 0, written: 0, isSaving: false };
    sequence.isSaving = false;
    const here = this.#running.get(model) ?? new Map<string, Sequence>();
    this.#running.set(model, here.set(request, sequence));
  }

  /** Whether the call was running. */
  save(request: string): boolean {
    for (const here of this.#running.values()) {
      const sequence = here.get(request);
      if (sequence === undefined) continue;
      sequence.isSaving = true;
      return true;
    }
    return false;
  }

  /** Does one evaluation: how long it takes, and the calls that have left the card when it is over. */
  evaluate(): { readonly seconds: number; readonly ended: readonly Ended[] } | undefined {
    const model = this.#nextModel();
    const here = model === undefined ? undefined : this.#running.get(model);
    if (model === undefined || here === undefined) return undefined;
    this.#last = model;
    let seconds = 0;
    let prefill = 0;
    let computes = false;
    const ended: Ended[] = [];
    for (const sequence of here.values()) {
      if (sequence.isSaving) {
        here.delete(sequence.request);
        seconds += copyKvS(model, sequence.read + sequence.written);
        ended.push({ type: "saved", sequence });
        continue;
      }
      if (sequence.read < sequence.turn.promptTokens) {
        const part = Math.min(this.#batch - prefill, sequence.turn.promptTokens - sequence.read);
        if (part <= 0) continue;
        prefill += part;
        sequence.read += part;
        // The evaluation of the last part of a prompt brings the first token of the answer.
        if (sequence.read === sequence.turn.promptTokens) sequence.written = 1;
      } else {
        sequence.written += 1;
        seconds += readKvS(model, sequence.read + sequence.written);
      }
      computes = true;
      if (sequence.written >= sequence.turn.outputTokens) {
        here.delete(sequence.request);
        ended.push({ type: "done", sequence });
      }
    }
    if (computes) seconds += EVALUATION_S + weightsS(model);
    return { seconds: seconds + prefill / this.#prefillPerS(model), ended };
  }

  #prefillPerS(model: ModelName): number {
    return MODELS[model].prefillPerS * PREFILL_SHARE[this.#batch];
  }

  /** Models that are there together take turns. */
  #nextModel(): ModelName | undefined {
    const busy = [...this.#running].filter(([, here]) => here.size > 0).map(([model]) => model);
    const after = busy.findIndex((model) => model === this.#last);
    return busy[(after + 1) % Math.max(1, busy.length)];
  }
}
