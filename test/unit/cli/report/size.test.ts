import { expect, test } from "vitest";
import { pageOfRows, hostileRows, rowsOf } from "../../../support/reports.ts";
import type { TaskDefinition } from "../../../../index.ts";

const names = (count: number, of: string): readonly string[] =>
  Array.from({ length: count }, (_, at) => `${of}${at}`);

/** Too much of everything: agents, models, voters, steps, options, failures. */
const wide: TaskDefinition = {
  version: 1,
  name: "wide",
  models: Object.fromEntries(
    names(30, "m").map((name, at) => [
      name,
      { provider: "scripted", replies: [{ text: at % 7 === 0 ? `strange ${at}` : "o1", confidence: 0.9 }] },
    ]),
  ),
  agents: Object.fromEntries(names(30, "a").map((name, at) => [name, { role: "r", model: `m${at}` }])),
  workflow: names(60, "s").map((id, at) =>
    at % 3 === 0
      ? {
          id,
          decide: {
            question: "which?",
            options: names(14, "o"),
            voters: names(30, "a"),
            rule: "majority",
            tier: "routine",
          },
        }
      : {
          id,
          parallel: names(3, `${id}_`).map((branch, side) => ({
            id: branch,
            ask: `a${1 + side}`,
            prompt: "p",
          })),
        },
  ),
  outputs: { all: "${{ steps.s0 }}" },
};

test("a report stays below two megabytes, and says what it leaves out", async () => {
  const rows = hostileRows(await rowsOf(wide), `<${"\u4E2D".repeat(300)}&${'"'.repeat(3000)}`);
  const page = pageOfRows(rows, { content: true });
  expect(Buffer.byteLength(page)).toBeLessThan(2_000_000);
  expect(page).toMatch(/more lanes? of less work left out/);
  expect(page).toMatch(/more call(s)? left out/);
  expect(page).toMatch(/more model(s)? left out/);
});
