import type { TaskDefinition } from "../../../index.ts";

/** Replies that make every metric move: answers, an unusable one that is asked for again, a model that fails, votes for and against. */
const replies = [
  { when: "stubborn", text: "no idea what that is" },
  { agent: "carol", text: "no", confidence: 0.7 },
  { text: "yes", confidence: 0.9 },
] as const;

const items = Array.from({ length: 8 }, (_, index) => `item ${index}`);

/** A small task with steps, votes that settle and votes that do not, and a truth to grade them by. */
export const measuredTask: TaskDefinition = {
  version: 1,
  name: "measured",
  models: {
    m: { provider: "scripted", replies },
    mute: { provider: "scripted", replies: [{ when: "nobody says this", text: "yes" }] },
  },
  agents: {
    alice: { role: "r", model: "m" },
    bob: { role: "r", model: "m" },
    carol: { role: "r", model: "m" },
    dave: { role: "r", model: "mute" },
    erin: { role: "r", model: "mute" },
  },
  workflow: [
    {
      id: "all",
      map: {
        over: items,
        as: "it",
        do: [
          { id: "ask", ask: "alice", prompt: "${{ it }}" },
          {
            id: "vote",
            decide: {
              question: "Is it so?",
              evidence: "${{ it }}",
              options: ["yes", "no"],
              voters: ["alice", "bob", "carol"],
              rule: "majority",
              tier: "routine",
              truth: "yes",
            },
          },
          {
            id: "split",
            decide: {
              question: "Is it so?",
              evidence: "${{ it }}",
              options: ["yes", "no"],
              voters: ["bob", "carol"],
              rule: "majority",
              tier: "routine",
            },
          },
          {
            id: "lost",
            decide: {
              question: "Is it so?",
              evidence: "stubborn ${{ it }}",
              options: ["yes", "no"],
              voters: ["alice", "dave", "erin"],
              rule: "majority",
              tier: "routine",
            },
          },
        ],
      },
    },
  ],
  outputs: { n: "${{ len(steps.all.items) }}" },
};
