import type { Outcome, PersonRuled, RoundOpened } from "../../coordination/protocol/decision-messages.ts";
import { exitCodes } from "../../coordination/protocol/errors.ts";
import { invariant } from "../../coordination/protocol/invariant.ts";
import type { Advance } from "./advance.ts";
import { continueDecision } from "./decide.ts";
import { checkedTruth, checkOf, decisionResult, recordTruth, truthOf } from "./decided.ts";
import { addressOf } from "./outline.ts";
import type { DecideStep } from "./plan.ts";
import type { Results } from "./state.ts";
import { saidBy } from "./steps.ts";

/** A decision is over. Its step waits on where the task knows the truth, until that is on record. */
export const decided = (turn: Advance, outcome: Outcome): Results | undefined => {
  const path = outcome.decision;
  const step = decisionAt(turn, path);
  if (!outcome.settled && step.escalate === "fail") {
    const recommends = outcome.option === null ? "" : `; the votes recommend ${outcome.option}`;
    const message = `step ${path} did not settle: ${outcome.reason}${recommends}`;
    turn.end({ outcome: "not-settled", exit: exitCodes.notSettled, outputs: {}, message });
    return undefined;
  }
  if (!outcome.settled && !path.includes("[")) turn.unsettled = true;
  const { render } = turn.deps;
  const place = `step ${path}`;
  const check = saidBy(place, () => checkOf(step, path, turn.scope(path), render));
  if (check === undefined)
    return graded(
      turn,
      outcome,
      saidBy(place, () => truthOf(step, turn.scope(path), render)),
    );
  turn.frames[path] = { type: "check", outcome };
  turn.effects.push(check);
  return undefined;
};

/** The program that tells the truth about a decision has ended. */
export const checked = (turn: Advance, outcome: Outcome, exit: number | null): Results | undefined =>
  graded(turn, outcome, checkedTruth(decisionAt(turn, outcome.decision), exit));

const graded = (turn: Advance, outcome: Outcome, truth: string | null): Results | undefined => {
  const path = outcome.decision;
  // No voter could have given an answer that was not offered.
  const isOffered = truth !== null && decisionAt(turn, path).options.includes(truth);
  const result = decisionResult(outcome, truth, isOffered);
  if (!isOffered) return turn.complete(path, result);
  turn.frames[path] = { type: "grade", result };
  turn.effects.push(recordTruth(path, truth));
  return undefined;
};

/** A decision goes on: asks again, or waits for a person. */
export const goesOn = (turn: Advance, opened: RoundOpened): void => {
  const { decision: path, round, kind } = opened;
  if (kind !== "person") {
    turn.frames[path] = { type: "decide", round };
    turn.effects.push(...continueDecision(decisionAt(turn, path), opened, kind, turn.scope(path), turn.deps));
    return;
  }
  turn.frames[path] = { type: "person" };
  turn.waiting = [...turn.waiting, path];
  // Who waits for a person holds nobody up: the items after it take its place in the window of every map around it.
  for (let item = path.lastIndexOf("["); item !== -1; item = path.lastIndexOf("[", item - 1))
    turn.fillWindow(path.slice(0, item));
};

/**
 * A person's word goes the way of every ballot: through the log of the coordinator. It may come before the news that the decision waits for it, which
 * then is no news any more.
 */
export const ruled = (turn: Advance, { decision, option, reason }: PersonRuled): void => {
  turn.frames[decision] = { type: "decide", isRuled: true };
  turn.waiting = turn.waiting.filter((path) => path !== decision);
  const why = reason === undefined ? {} : { reason };
  turn.effects.push({ type: "propose", entry: { type: "decision.ruled", decision, option, ...why } });
};

const decisionAt = (turn: Advance, path: string): DecideStep => {
  const step = turn.deps.outline.get(addressOf(path))?.step;
  invariant(step?.type === "decide", `${path} is no decision`);
  return step;
};
