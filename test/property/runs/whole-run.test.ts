import fc from "fast-check";
import { expect, onTestFinished, test } from "vitest";
import { often } from "../../support/deep.ts";
import { startOtlpReceiver } from "../../support/otlp-receiver.ts";
import { countFlaws } from "./count-laws.ts";
import { thrown } from "./dice.ts";
import { randomTask } from "./random-task.ts";
import { readingsOf } from "./readings.ts";
import { textFlaws } from "./text-laws.ts";
import { traceFlaws } from "./trace-laws.ts";

test.each([
  ["whatever it comes to", false],
  ["whatever runs out or comes first", true],
])("a run ends, replays, and every reading of it tells the same, %s", async (_, mayRace) => {
  const receiver = await startOtlpReceiver();
  onTestFinished(() => receiver.close());
  const task = thrown((dice) => randomTask(dice, { mayRace }));
  await fc.assert(
    fc.asyncProperty(task, async (text) => {
      for (const readings of await readingsOf(text, receiver))
        expect([...traceFlaws(readings), ...countFlaws(readings), ...textFlaws(readings)]).toEqual([]);
    }),
    // What races comes out otherwise the next time: to shrink it takes long and may end nowhere.
    { numRuns: often(6, 100), ...(mayRace ? { endOnFailure: true } : {}) },
  );
});
