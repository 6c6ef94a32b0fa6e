import type { Message } from "../../coordination/protocol/message.ts";

/** What its voters are told of a decision called `verdict` that settled. */
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
