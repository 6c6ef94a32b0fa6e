import { expect, test } from "vitest";
import { often } from "../../support/deep.ts";
import { commandOf, shrink } from "./shrink.ts";
import { raftStormOf } from "./storm.ts";
import { weatherRaft } from "./weather.ts";

const seeds = often(2_000, 20_000);
const batches = 20;

/** Every second seed from `first` on, so that two files, which run side by side, share them. */
export const testStorms = (first: 0 | 1): void => {
  test.each(Array.from({ length: batches }, (_, batch) => batch))(
    "Raft keeps its promises in the storms of batch %i",
    { timeout: 600_000 },
    (batch) => {
      let undecided = 0;
      for (let seed = first + 2 * batch; seed < seeds; seed += 2 * batches) {
        const report = weatherRaft(raftStormOf(seed));
        if (report.wrong !== null) expect.fail(`${report.wrong}; again: ${commandOf(shrink(report))}`);
        if (!report.decided) undecided += 1;
      }
      expect(undecided, "histories too tangled to search to their end").toBeLessThan(seeds / batches / 20);
    },
  );
};
