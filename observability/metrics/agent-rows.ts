import { agentName, workflowActor, type ActorId } from "../../coordination/protocol/ids.ts";
import type { DecidedRow } from "../../coordination/protocol/row.ts";
import { catalogue, type LabelsOf } from "./catalogue.ts";
import { memberOf, membersOf } from "./json-object.ts";
import { failureReason, type RetryReason } from "./retry-reason.ts";
import { secondsBetween, type Meter } from "./meter.ts";
import type { RowReading } from "./row-reading.ts";

/** Reads what agents do: how long they work on an assignment, how often they ask again, and their failures. */
export const agentRows = (meter: Meter): RowReading => {
  /** When each instance took its assignment. */
  const assigned = new Map<ActorId, number>();

  const ended = ({ run, atUs }: DecidedRow, actor: ActorId, agent: string, error_type: AgentError): void => {
    const fromUs = assigned.get(actor);
    if (fromUs === undefined) return;
    assigned.delete(actor);
    const labels = { gen_ai_agent_name: agent, error_type };
    meter.observe("gen_ai_invoke_agent_duration_seconds", labels, secondsBetween(fromUs, atUs), run);
  };

  const worked = (row: DecidedRow, agent: string): void => {
    const { actor, atUs, input } = row;
    if (input.type === "task.assigned") assigned.set(actor, atUs);
    // Several samples of one reply are one question; a question that is withdrawn is none.
    if (input.type !== "task.assigned" && row.effects.some(isQuestion))
      meter.count("swarm_inference_retries_total", { reason: retryReason(row) });
    for (const effect of row.effects) {
      const ending = endingOf(effect);
      if (ending !== undefined) ended(row, actor, agent, ending.error);
    }
  };

  return (row, decided) => {
    // What is not there yet cannot be told from what is lost.
    if (row.type === "header")
      for (const [agent] of membersOf(memberOf(row.plan, "agents"))) {
        meter.count("swarm_agent_restarts_total", { role: agent, reason: "Error" }, 0);
        for (const error_type of agentErrors)
          meter.open("gen_ai_invoke_agent_duration_seconds", { gen_ai_agent_name: agent, error_type });
      }
    if (row.type !== "turn") return;
    // Whoever asked an agent is told that it is gone, or that it has too much mail and goes on with what it has.
    if (row.actor === workflowActor && decided?.input.type === "delivery.failed") {
      const { to, code } = decided.input;
      if (code === "MAILBOX_FULL") return;
      return ended(decided, to, agentName(to) ?? "", "AGENT_CRASHED");
    }
    const agent = agentName(row.actor);
    if (agent === undefined) return;
    if (decided !== undefined) worked(decided, agent);
    else if ("failed" in row)
      meter.count("swarm_agent_restarts_total", { role: agent, reason: row.failed.code });
  };
};

type AgentError = LabelsOf<"gen_ai_invoke_agent_duration_seconds">["error_type"];
const agentErrors = catalogue.gen_ai_invoke_agent_duration_seconds.labels.error_type;

const isQuestion = (effect: DecidedRow["effects"][number]): boolean =>
  effect.type === "send" && effect.body.type === "inference.requested";

/** What ends an invocation: an answer, a failure, or a ballot, of which an abstention is no answer. */
const endingOf = (effect: DecidedRow["effects"][number]): { readonly error: AgentError } | undefined => {
  if (effect.type === "propose" && effect.entry.type === "ballot.cast")
    return { error: effect.entry.option === null ? "abstained" : "" };
  if (effect.type !== "send") return undefined;
  if (effect.body.type === "task.completed") return { error: "" };
  return effect.body.type === "task.failed" ? { error: effect.body.code } : undefined;
};

const retryReason = ({ input }: DecidedRow): RetryReason => {
  switch (input.type) {
    case "inference.completed":
      return "unusable-reply";
    case "delivery.failed":
      return "not-delivered";
    case "inference.failed":
      return failureReason(input.failure);
    default:
      return "other";
  }
};
