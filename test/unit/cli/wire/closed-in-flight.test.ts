import { onTestFinished, expect, test } from "vitest";
import { openMetrics, openSwarm, type Swarm, type TaskDefinition } from "../../../../index.ts";
import { scratchFolder } from "../../../support/cli.ts";
import { mockProvider } from "../../../support/mock-provider.ts";
import { eventually } from "../../../support/program.ts";

const task: TaskDefinition = {
  version: 1,
  name: "graded",
  models: { m: { provider: "scripted", replies: [{ text: "yes", confidence: 0.9 }] } },
  agents: { a: { role: "r", model: "m" }, b: { role: "r", model: "m" } },
  workflow: [
    { id: "d", decide: { question: "q", options: ["yes", "no"], voters: ["a", "b"], truth: "yes" } },
  ],
};

/** A swarm that is closed at the first row of a type, whatever its run does just then. */
const closedAt = async (type: string, home: string): Promise<Swarm> => {
  const metrics = await openMetrics({ port: 0 });
  onTestFinished(() => metrics.close());
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
  const swarm = openSwarm({ home, metrics: { ...metrics, follow } });
  return swarm;
};

test.each([
  ["header", "interrupted"],
  ["turn", "interrupted"],
  ["finished", "done"],
])("a run whose swarm is closed at a row of type %s is %s", async (type, outcome) => {
  const home = scratchFolder(onTestFinished);
  const swarm = await closedAt(type, home);
  expect(await swarm.run(task)).toMatchObject({ outcome });
  const again = openSwarm({ home });
  onTestFinished(() => again.close());
  expect(await again.resume("last")).toMatchObject({ outcome: "done" });
});

test("closing waits until all runs have let go of the folder", async () => {
  const home = scratchFolder(onTestFinished);
  const endpoint = await mockProvider();
  endpoint.script({ type: "silence" });
  onTestFinished(() => endpoint.close());
  const far = { provider: "openai-compatible", baseUrl: endpoint.baseUrl, model: "far" } as const;
  const swarm = openSwarm({ home });
  const runs = [1, 2, 3].map(() => swarm.run({ ...task, models: { m: far } }));
  await eventually("calls of the model", async () => (endpoint.silent() >= 3 ? true : undefined));
  const closing = [swarm.close(), swarm.close()];
  await expect(swarm.resume("last")).rejects.toMatchObject({ code: "BAD_USAGE" });
  await Promise.all(closing);
  const again = openSwarm({ home });
  onTestFinished(() => again.close());
  for (const end of runs) {
    const { run, outcome } = await end;
    expect(outcome).toBe("interrupted");
    // Nobody holds it any more.
    expect(await again.resume(run, { signal: AbortSignal.abort() })).toMatchObject({ outcome });
  }
});

test("nothing is begun by a run whose swarm is closed while its task is read", async () => {
  const home = scratchFolder(onTestFinished);
  const swarm = openSwarm({ home });
  const run = swarm.run(task);
  const closing = swarm.close();
  await expect(run).rejects.toMatchObject({ code: "BAD_USAGE", message: expect.stringContaining("closed") });
  await closing;
  const again = openSwarm({ home });
  onTestFinished(() => again.close());
  expect(() => again.rows("last")).toThrow("there is no run yet");
});
