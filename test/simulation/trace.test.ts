import { expect, test } from "vitest";
import { stormOf } from "./storm.ts";
import { weatherStorm } from "./swarm.ts";
import { traceTo } from "./trace.ts";

test("a trace has a line for each row, and for each death and recovery", async () => {
  const lines: string[] = [];
  const { rows, crashes } = await weatherStorm(
    { ...stormOf(7), stumbles: 0, fullDisk: 0, crashes: { most: 3, probability: 0.05 } },
    {},
    traceTo((line) => lines.push(line)),
  );
  const marked = lines.filter((line) => line.startsWith("----"));
  expect(marked.filter((line) => line.includes("killed"))).toHaveLength(crashes);
  // Rows that a crash lost were traced too.
  expect(lines.length - marked.length).toBeGreaterThanOrEqual(rows.length);
  expect(lines[0]).toBe("    0.000     0  header, seed 7");
  expect(lines.at(-1)).toMatch(/finished: done$/);
});
