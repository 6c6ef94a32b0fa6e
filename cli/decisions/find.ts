import type { EventLog } from "../../coordination/log/log.ts";
import type { Outcome } from "../../coordination/protocol/decision-messages.ts";
import { SwarmError } from "../../coordination/protocol/errors.ts";
import { decisionsActor, type RunId } from "../../coordination/protocol/ids.ts";
import { decisionsIn, type RecordedDecision } from "../../observability/decisions.ts";
import { suggest } from "../task/nearest.ts";

/** The decision of a run that a person names by its step. Throws `BAD_USAGE`, and says which there are. */
export const findDecision = (log: EventLog, run: RunId, name: string): RecordedDecision => {
  const decisions = decisionsIn(log.read(run, { actor: decisionsActor }));
  const found = decisions.get(name);
  if (found !== undefined) return found;
  const hint = suggest(name, decisions.keys()) ?? `\`swarm show ${run}\` lists them`;
  const what = decisions.size === 0 ? "has no decisions" : `has no decision "${name}"; ${hint}`;
  throw new SwarmError("BAD_USAGE", `run ${run} ${what}`);
};

/** How a decision stands whose votes are done with: over, or waiting for a person. Throws `BAD_USAGE`. */
export const standingOf = (decision: RecordedDecision, isRunOver: boolean): Outcome =>
  decision.outcome === undefined && decision.round?.kind === "person"
    ? decision.round.outcome
    : outcomeOf(decision, isRunOver);

/** The outcome of a decision that is over. Throws `BAD_USAGE`, and says whether there may be one yet. */
export const outcomeOf = (
  { opened, answered, round, outcome }: RecordedDecision,
  isRunOver: boolean,
): Outcome => {
  if (outcome !== undefined) return outcome;
  if (isRunOver)
    throw new SwarmError("BAD_USAGE", `${opened.decision} was open when the run ended; it has no outcome`);
  if (round?.kind === "person")
    throw new SwarmError(
      "BAD_USAGE",
      `${opened.decision} waits for a person; rule on it with \`swarm approve\` first`,
    );
  const of = `${answered.length} of ${opened.electorate.length} have answered`;
  throw new SwarmError("BAD_USAGE", `${opened.decision} is still open (${of}); wait until it is over`);
};
