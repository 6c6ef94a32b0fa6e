import { onTestFinished, expect, test } from "vitest";
import { openSwarm } from "../../../../index.ts";
import { scratchFolder } from "../../../support/cli.ts";

test("runs that teach the ledger follow each other in one process", async () => {
  const swarm = openSwarm({ home: scratchFolder(onTestFinished) });
  onTestFinished(() => swarm.close());
  const task = {
    version: 1,
    name: "graded",
    models: { m: { provider: "scripted", replies: [{ text: "yes", confidence: 0.9 }] } },
    agents: { a: { role: "r", model: "m" }, b: { role: "r", model: "m" } },
    workflow: [
      {
        id: "vote",
        decide: { question: "Is it?", options: ["yes", "no"], voters: ["a", "b"], truth: "yes" },
      },
    ],
    outputs: { winner: "${{ steps.vote.winner }}" },
  } as const;
  for (let run = 0; run < 3; run += 1) expect((await swarm.run(task)).outputs).toEqual({ winner: "yes" });
});
