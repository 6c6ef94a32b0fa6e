import type { EndRun } from "../../coordination/protocol/effect.ts";
import type { Envelope } from "../../coordination/protocol/envelope.ts";
import { agentName, failureId, originOf, type ActorId } from "../../coordination/protocol/ids.ts";
import type { FailedRow } from "../../coordination/protocol/row.ts";
import type { DeliveryFailed } from "../../coordination/protocol/workflow-messages.ts";
import { isRequest } from "./mailbox.ts";
import type { Debt } from "./outstanding.ts";
import type { Hosted } from "./roster.ts";

/** How many failed turns an agent may have in a run and still be started again. */
export const maxRestarts = 3;

/**
 * What a failed turn leads to. The actor goes on without the input that it failed on:
 * - `restart`: it is rebuilt from its rows and told what it missed, for the input was an answer that an agent waited for;
 * - `refuse`: the input was a request, and its sender is told;
 * - `retire`: an agent that fails too often is gone, and whoever assigned its work is told;
 * - `endRun`: an actor that the run cannot do without lost an input. Nothing would bring what followed from it, so the run
 *   would wait for ever.
 */
export type Verdict =
  | { readonly type: "restart" | "refuse" | "retire"; readonly notice: Debt }
  | { readonly type: "endRun"; readonly effect: EndRun };

/** Decides from rows alone (`hosted.failures` counts this one), so that a resume and a replay decide alike. */
export const verdictOn = (row: FailedRow, hosted: Pick<Hosted, "failures" | "assignedBy">): Verdict => {
  const isAgent = agentName(row.actor) !== undefined;
  if (isRequest(row.input))
    return { type: isAgent ? "retire" : "refuse", notice: notice(row, originOf(row.cause)) };
  if (isAgent) {
    return hosted.failures <= maxRestarts
      ? { type: "restart", notice: notice(row, row.actor) }
      : { type: "retire", notice: notice(row, originOf(hosted.assignedBy)) };
  }
  const message = `${row.actor} failed on ${row.input.type}: ${row.failed.message}`;
  return { type: "endRun", effect: { type: "endRun", outcome: "failed", exit: 1, outputs: {}, message } };
};

const notice = ({ run, actor, cause, input, failed }: FailedRow, to: ActorId): Debt => ({
  type: "envelope",
  envelope: noticeOf({ id: cause, run, to: actor, body: input }, to, "STEP_FAILED", failed.message),
});

/** Why an actor does not get a message: it failed too often, or it has too much mail. */
export type Refusal = "gone" | "full";

/** Tells the sender of a message that it was turned away. */
export const refusalOf = (envelope: Envelope, why: Refusal): Envelope => {
  const { id, to, body } = envelope;
  return why === "gone"
    ? noticeOf(envelope, originOf(id), "NO_SUCH_ACTOR", `${to} failed too often and takes no more work`)
    : noticeOf(envelope, originOf(id), "MAILBOX_FULL", `${to} has too much mail to take ${body.type}`);
};

/** Tells an actor that a message was not handled. */
const noticeOf = (
  { id, run, to, body }: Envelope,
  told: ActorId,
  code: DeliveryFailed["code"],
  message: string,
): Envelope => {
  const request = "request" in body && body.request !== undefined ? { request: body.request } : {};
  // Also where the notice of it is lost in turn.
  const isOver =
    body.type === "decision.settled" || (body.type === "delivery.failed" && body.isOver === true);
  return {
    id: failureId(id),
    run,
    to: told,
    body: { type: "delivery.failed", id, to, code, message, ...request, ...(isOver ? { isOver } : {}) },
  };
};
