import type { TaskAssigned } from "../../coordination/protocol/agent-messages.ts";
import { workflowActor } from "../../coordination/protocol/ids.ts";
import type { Message } from "../../coordination/protocol/message.ts";

/** What a voter is asked in a decision called `verdict`. */
export const assignedVerdict: TaskAssigned = {
  type: "task.assigned",
  step: "verdict",
  decision: "verdict",
  prompt: "Ship it?",
  options: ["yes", "no"],
  replyTo: workflowActor,
};

/** What its voters are told when it has settled. */
export const settledVerdict: Message = {
  type: "decision.settled",
  outcome: {
    decision: "verdict",
    settled: true,
    option: "yes",
    sharePpm: 1,
    confidencePpm: 1,
    tally: [],
    ballots: [],
    term: 1,
    index: 1,
    leader: 1,
  },
};
