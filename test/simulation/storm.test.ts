import { expect, test } from "vitest";
import { often } from "../support/deep.ts";
import { checkStorm } from "./check.ts";
import { stormOf } from "./storm.ts";
import { weatherStorm } from "./swarm.ts";

// Each seed is a whole run of several hundred rows with crashes and a lossy bus.
const seeds = often(2_000, 20_000);
const batches = 20;

test.each(Array.from({ length: batches }, (_, batch) => batch))(
  "storms of batch %i end as they should",
  async (batch) => {
    for (let seed = batch; seed < seeds; seed += batches) {
      const report = await weatherStorm(stormOf(seed));
      const wrong = checkStorm(report);
      expect(wrong, `npm run simulate -- --swarm --seed ${seed}`).toEqual([]);
    }
  },
);

test("a seed run twice gives the same rows", async () => {
  for (const seed of [1, 2, 3]) {
    const [once, again] = [await weatherStorm(stormOf(seed)), await weatherStorm(stormOf(seed))];
    expect(again.rows).toEqual(once.rows);
  }
});
