import type { Outcome } from "../../coordination/protocol/decision-messages.ts";
import type { EndRun } from "../../coordination/protocol/effect.ts";
import type { Json } from "../../coordination/protocol/json.ts";

/** Results by step id. */
export type Results = Readonly<Record<string, Json>>;

/**
 * Work in progress, by path. Paths: `""` is the whole workflow, `verdict` a step, `triage[17]` one item of a map,
 * `triage[17]/severity` a step of that item.
 */
export type Frame =
  /** Steps one after another; `next` is the index of the step that runs. */
  | { readonly type: "sequence"; readonly next: number; readonly results: ResultList }
  /** Waits for one agent. */
  | { readonly type: "ask" }
  /** Waits for the outcome of a decision. `round` is the one that runs, absent for the first; `isRuled`: a person has said its word. */
  | { readonly type: "decide"; readonly round?: number; readonly isRuled?: true }
  /** Has its outcome; waits for the program that tells the truth about it. */
  | { readonly type: "check"; readonly outcome: Outcome }
  /** Waits for a person's word on a decision. */
  | { readonly type: "person" }
  /** Has its outcome; waits until the truth about it is on record. */
  | { readonly type: "grade"; readonly result: Json }
  /** Waits for all its branches. */
  | { readonly type: "parallel"; readonly waiting: number; readonly results: Results }
  /** A window over a list: `started` items have begun, `finished` are done. */
  | {
      readonly type: "map";
      readonly size: number;
      readonly started: number;
      readonly finished: number;
      readonly results: ItemResults;
    };

/** Results of a sequence in chunks of a few steps, in order: a step copies one chunk, however long the sequence is. */
export type ResultList = readonly Results[];

const stepChunk = 32;

/** The list with the results of one more step. */
export const withResults = (list: ResultList, results: Results): ResultList => {
  const last = list.at(-1);
  if (last === undefined || Object.keys(last).length >= stepChunk) return [...list, results];
  return [...list.slice(0, -1), { ...last, ...results }];
};

/** All results of a list by step id. */
export const allResults = (list: ResultList): Results => {
  const [only = {}, ...more] = list;
  return more.length === 0 ? only : Object.assign({}, only, ...more);
};

/** Results of a map's items, in chunks: setting one copies one chunk and not the whole list. */
export type ItemResults = readonly (readonly (Results | null)[])[];

export const itemChunk = 64;

/** The results with that of one item set. */
export const withItem = (items: ItemResults, index: number, result: Results): ItemResults => {
  const at = Math.floor(index / itemChunk);
  const chunk = [...(items[at] ?? [])];
  while (chunk.length < index % itemChunk) chunk.push(null);
  chunk[index % itemChunk] = result;
  const copy = [...items];
  while (copy.length < at) copy.push([]);
  copy[at] = chunk;
  return copy;
};

export const itemAt = (items: ItemResults, index: number): Results | null =>
  items[Math.floor(index / itemChunk)]?.[index % itemChunk] ?? null;

export type WorkflowState = {
  readonly frames: Readonly<Record<string, Frame>>;
  /** Whether a decision outside of any map stayed unsettled. */
  readonly unsettled: boolean;
  /** Paths of the decisions that wait for a person, in the order in which they came to. Absent, as in snapshots of old: none. */
  readonly waiting?: readonly string[];
  readonly ended: EndRun | null;
};

export const initialWorkflow: WorkflowState = { frames: {}, unsettled: false, ended: null };
