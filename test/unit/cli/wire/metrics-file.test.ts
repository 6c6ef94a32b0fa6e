import { closeSync, existsSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { openMetrics, openSwarm } from "../../../../index.ts";
import { scratchFolder } from "../../../support/cli.ts";

test("whoever reads the metrics of a run while they are written anew has all of the earlier ones", async () => {
  const home = scratchFolder(onTestFinished);
  const metrics = await openMetrics({ port: 0 });
  const swarm = openSwarm({ home, metrics });
  onTestFinished(async () => {
    await swarm.close();
    await metrics.close();
  });
  const { run } = await swarm.run({
    version: 1,
    name: "one",
    models: { m: { provider: "scripted", replies: [{ text: "yes" }] } },
    agents: { a: { role: "r", model: "m" } },
    workflow: [{ id: "s", ask: "a", prompt: "hi" }],
  });
  const file = join(home, "runs", run, "metrics.prom");
  const earlier = readFileSync(file, "utf8");
  const reader = openSync(file, "r");
  onTestFinished(() => closeSync(reader));
  for (const { row } of [...swarm.rows(run)].slice(0, 1)) await metrics.save(home, row.run);
  expect(readFileSync(reader, "utf8")).toBe(earlier);
  expect(readFileSync(file, "utf8")).not.toBe("");
  expect(existsSync(`${file}.new`)).toBe(false);
});
