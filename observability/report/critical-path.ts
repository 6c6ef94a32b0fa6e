import { withoutBystanders } from "../fate.ts";
import { walkBack } from "../walk-back.ts";
import { fateOfBar, type Bar } from "./bar.ts";

/** A part of the critical path, and the innermost bar that was at work in it. */
export type Stretch = { readonly bar: Bar; readonly fromUs: number; readonly untilUs: number };

/** What the end of a run waited for. The stretches cover the whole time of the run without overlap, the last first. */
export const criticalPath = (run: Bar, inside: ReadonlyMap<string, readonly Bar[]>): readonly Stretch[] => {
  const path: Stretch[] = [];
  walkBack<Bar>(
    { work: run, startUs: run.startUs, endUs: run.endUs },
    (around) =>
      withoutBystanders(fateOfBar(around), inside.get(around.id) ?? [], fateOfBar).map((work) => ({
        work,
        startUs: work.startUs,
        endUs: work.endUs,
      })),
    ({ work: bar, startUs: fromUs, endUs: untilUs }) => {
      if (untilUs > fromUs) path.push({ bar, fromUs, untilUs });
    },
  );
  return path;
};
