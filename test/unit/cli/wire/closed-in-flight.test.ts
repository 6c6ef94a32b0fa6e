import { onTestFinished, expect, test } from "vitest";
import { openMetrics, openSwarm } from "../../../../index.ts";
import { scratchFolder } from "../../../support/cli.ts";

const task = {
  version: 1,
  name: "graded",
  models: { m: { provider: "scripted", replies: [{ text: "yes", confidence: 0.9 }] } },
  agents: { a: { role: "r", model: "m" }, b: { role: "r", model: "m" } },
  workflow: [
    { id: "d", decide: { question: "q", options: ["yes", "no"], voters: ["a", "b"], truth: "yes" } },
  ],
} as const;

test.each(["header", "turn", "finished"])(
  "a run whose swarm is closed at a row of type %s says no word of damage",
  async (type) => {
    const metrics = await openMetrics({ port: 0 });
    onTestFinished(() => metrics.close());
    // Closes the swarm at that row, whatever the run does just then.
    const follow: typeof metrics.follow = (past) => {
      const reader = metrics.follow(past);
      if (type === "header") void swarm.close();
      return {
        ...reader,
        read: (row) => {
          reader.read(row);
          if (row.type === type) void swarm.close();
        },
      };
    };
    const home = scratchFolder(onTestFinished);
    const swarm = openSwarm({ home, metrics: { ...metrics, follow } });
    const end = await swarm.run(task).catch((error: unknown) => error);
    await swarm.close();
    if (end instanceof Error)
      expect(end).toMatchObject({
        code: "LOG_WRITE_FAILED",
        message: expect.stringMatching(/^the log is closed; .*\nthe run is recorded as /),
      });
    else expect(end).toMatchObject({ outcome: "done" });
    const again = openSwarm({ home });
    onTestFinished(() => again.close());
    expect(await again.resume("last")).toMatchObject({ outcome: "done" });
  },
);
