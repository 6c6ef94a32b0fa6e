import { expect, test } from "vitest";
import { often } from "../support/deep.ts";
import { checkStorm } from "./check.ts";
import { stormOf } from "./storm.ts";
import { weatherStorm, type Storm, type StormReport } from "./swarm.ts";
import type { Watch } from "./tampering.ts";

const seeds = often(40, 400);

/** Weathers storms with one kind of accident made common, checks each, and says how many runs `met` it. */
const runsThat = async (
  accident: Partial<Storm>,
  met: (report: StormReport, deaths: readonly string[]) => boolean,
): Promise<number> => {
  let runs = 0;
  for (let seed = 30_000; seed < 30_000 + seeds; seed += 1) {
    const deaths: string[] = [];
    const watch: Watch = { died: (because) => void deaths.push(because) };
    const report = await weatherStorm({ ...stormOf(seed), ...accident }, {}, watch);
    expect(checkStorm(report), `seed ${seed}`).toEqual([]);
    if (met(report, deaths)) runs += 1;
  }
  return runs;
};

const inputs = ({ rows }: StormReport) => rows.flatMap(({ row }) => (row.type === "turn" ? [row.input] : []));
const failures = ({ rows }: StormReport) =>
  rows.flatMap(({ row }) => (row.type === "turn" && "failed" in row ? [row] : []));

test("a process whose disk is full stops, and the next one finishes the run", async () => {
  const met = await runsThat({ fullDisk: 0.02 }, (_, deaths) => deaths.includes("disk full"));
  expect(met).toBeGreaterThan(seeds / 2);
});

test("a run whose steps throw ends, with a sentence where it cannot go on", async () => {
  let failed = 0;
  const recovered = await runsThat({ stumbles: 0.04, fullDisk: 0 }, (report) => {
    const { end } = report;
    if (end.type === "finished" && end.row.message?.includes("stumbled") === true) failed += 1;
    return failures(report).length > 0 && end.type === "finished" && end.row.outcome !== "failed";
  });
  expect(Math.min(failed, recovered)).toBeGreaterThan(2);
});

test("decisions that no ballot completes are closed by their deadline", async () => {
  const met = await runsThat({ stumbles: 0 }, (report) =>
    inputs(report).some(
      (input) => input.type === "entry.committed" && input.entry.type === "decision.closed",
    ),
  );
  expect(met).toBeGreaterThan(2);
});
