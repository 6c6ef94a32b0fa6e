import type {
  DecisionOpened,
  EscalationReason,
  Outcome,
  RoundOpened,
} from "../coordination/protocol/decision-messages.ts";
import type { Row } from "../coordination/protocol/row.ts";

/** What a decision came to, in one word. Without a winner there is a reason; with one there may be, where a judge or a person ruled. */
export const endingOf = ({
  settled,
  reason,
}: Pick<Outcome, "settled" | "reason">): "settled" | EscalationReason =>
  settled ? "settled" : (reason ?? "no-ruling");

/** A decision as the rows of a run tell it, so far. */
export type RecordedDecision = {
  readonly opened: DecisionOpened;
  /** Electors whose ballot is committed, by rising place. */
  readonly answered: readonly string[];
  /** The newest round after the first, and how the decision stood when it began. */
  readonly round?: RoundOpened;
  /** Absent while it is open. */
  readonly outcome?: Outcome;
  /** Present where the task knew the right answer. */
  readonly truth?: string;
};

/** Reads the decisions of a run from the rows of its `decisions` actor, in the order in which they were opened. */
export const decisionsIn = (rows: Iterable<{ readonly row: Row }>): ReadonlyMap<string, RecordedDecision> => {
  const reader = decisionReader();
  for (const { row } of rows) reader.read(row);
  return reader.take();
};

/** The same, row by row. Rows of other actors tell nothing. */
export const decisionReader = () => {
  const opened = new Map<string, DecisionOpened>();
  const answered = new Map<string, Set<string>>();
  const outcomes = new Map<string, Outcome>();
  const truths = new Map<string, string>();
  const rounds = new Map<string, RoundOpened>();

  const read = (row: Row): void => {
    if (row.type !== "turn" || "failed" in row || row.input.type !== "entry.committed") return;
    const { entry } = row.input;
    // The first of each counts, as for the actor itself.
    if (entry.type === "decision.opened") setOnce(opened, entry.decision, entry);
    if (entry.type === "decision.graded") setOnce(truths, entry.decision, entry.truth);
    if (entry.type === "ballot.cast") setOnce(answered, entry.decision, new Set<string>()).add(entry.voter);
    for (const effect of row.effects) {
      if (effect.type !== "send") continue;
      const { body } = effect;
      if (body.type === "decision.settled") setOnce(outcomes, body.outcome.decision, body.outcome);
      if (body.type === "round.opened") rounds.set(body.decision, body);
    }
  };

  const take = (): ReadonlyMap<string, RecordedDecision> =>
    new Map(
      [...opened].map(([decision, entry]) => {
        const outcome = outcomes.get(decision);
        const truth = truths.get(decision);
        const round = rounds.get(decision);
        return [
          decision,
          {
            opened: entry,
            answered: [...(answered.get(decision) ?? [])],
            ...(round === undefined ? {} : { round }),
            ...(outcome === undefined ? {} : { outcome }),
            ...(truth === undefined ? {} : { truth }),
          },
        ];
      }),
    );

  return { read, take };
};

const setOnce = <Value>(map: Map<string, Value>, key: string, value: Value): Value => {
  const known = map.get(key);
  if (known !== undefined) return known;
  map.set(key, value);
  return value;
};
