import type { Mark } from "../decision/marks.ts";
import type { AgentCounts } from "../decision/trust.ts";

/** Who supplied a truth: the task, as part of its run, or a person, later. Never the votes themselves. */
export type MarkSource = "task" | "person";

/** A mark as it stands in the ledger. */
export type Marked = {
  readonly mark: Mark;
  readonly source: MarkSource;
  /** Microseconds since 1970. */
  readonly atUs: number;
};

/** What an agent has come to with one model. `marks` counts all that were ever taken; the counts themselves fade. */
export type Standing = {
  readonly agent: string;
  readonly model: string;
  readonly marks: number;
  readonly counts: AgentCounts;
};

/**
 * What a home has learned about its agents from ground truth, over all runs. Append-only: the counts of an agent are the fold
 * of its marks in the order in which they were taken, from what its model ships with. Any number of processes may use it.
 */
export interface TrustLedger {
  /**
   * Takes the marks that are not in it yet, all of them or none, and gives them back; on disk when this returns. The first mark
   * of an agent in a decision of a run stands. Throws `LOG_WRITE_FAILED`.
   */
  add(marks: readonly Mark[], source: MarkSource, atUs: number): readonly Mark[];
  find(run: string, decision: string, agent: string): Marked | undefined;
  /** `undefined`: never marked. Throws `LOG_CORRUPT`, like all that reads. */
  standing(agent: string, model: string): Standing | undefined;
  /** By agent, then model. */
  standings(): readonly Standing[];
  /** Every mark, oldest first. */
  history(): Iterable<Marked>;
  close(): Promise<void>;
}

/** The truth by which a decision was graded; `undefined` if it was not. */
export const truthIn = (
  ledger: TrustLedger,
  run: string,
  decision: string,
  agents: readonly string[],
): string | undefined => {
  for (const agent of agents) {
    // Who broke the protocol may have been marked before there was a truth.
    const truth = ledger.find(run, decision, agent)?.mark.truth ?? undefined;
    if (truth !== undefined) return truth;
  }
  return undefined;
};

/** What a model brings along before it was ever marked. */
export type PriorOf = (model: string) => AgentCounts;

export const byAgentAndModel = (a: Standing, b: Standing): number =>
  byText(a.agent, b.agent) || byText(a.model, b.model);

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
