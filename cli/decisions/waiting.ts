import type { EventLog } from "../../coordination/log/log.ts";
import type { EscalationReason } from "../../coordination/protocol/decision-messages.ts";
import { decisionsActor, type RunId } from "../../coordination/protocol/ids.ts";
import type { RuledRow } from "../../coordination/protocol/row.ts";
import { decisionsIn } from "../../observability/decisions.ts";
import { shellWord } from "../output.ts";
import { hasEnded } from "./ended.ts";

/** A decision that a person is asked about. */
export type Waiting = {
  readonly decision: string;
  readonly question: string;
  readonly options: readonly string[];
  /** Why the votes did not settle it, and what they recommend. */
  readonly reason: EscalationReason | null;
  readonly recommendation: string | null;
  /** What a person has said since; the run goes by it once it is resumed. */
  readonly ruled: string | null;
};

/** Decisions of a run that wait for a person, in the order in which they were opened. A run that has ended waits for nobody. */
export const waitingIn = (log: EventLog, run: RunId): readonly Waiting[] => {
  if (hasEnded(log, run)) return [];
  const open = [...decisionsIn(log.read(run, { actor: decisionsActor })).values()].filter(
    ({ outcome, round }) => outcome === undefined && round?.kind === "person",
  );
  if (open.length === 0) return [];
  const rulings = rulingsOf(log, run);
  return open.map(({ opened, round }) => ({
    decision: opened.decision,
    question: opened.question,
    options: opened.options,
    reason: round?.outcome.reason ?? null,
    recommendation: round?.outcome.option ?? null,
    ruled: rulings.get(opened.decision)?.option ?? null,
  }));
};

/** The first word on each decision counts. */
const rulingsOf = (log: EventLog, run: RunId): ReadonlyMap<string, RuledRow> => {
  const rulings = new Map<string, RuledRow>();
  for (const { row } of log.read(run))
    if (row.type === "ruled" && !rulings.has(row.decision)) rulings.set(row.decision, row);
  return rulings;
};

/** The command that rules on a decision, to be completed or run as it is. */
export const approveCommand = (
  run: string,
  { decision, recommendation }: Pick<Waiting, "decision" | "recommendation">,
): string =>
  `swarm approve ${run} ${shellWord(decision)} ${recommendation === null ? "OPTION" : shellWord(recommendation)}`;
