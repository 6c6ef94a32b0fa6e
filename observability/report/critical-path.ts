import type { Bar } from "./bar.ts";

/** A part of the critical path, and the innermost bar that was at work in it. */
export type Stretch = { readonly bar: Bar; readonly fromUs: number; readonly untilUs: number };

/**
 * What the end of a run waited for, from its end back to its start: of all that is inside a bar the one that ended last, then the one
 * that ended last before that one began, and so on; what was still going on then was not what was waited for. Where nothing inside was
 * at work, the bar itself was. The stretches cover the whole time of the run without overlap, the last first.
 */
export const criticalPath = (run: Bar, inside: ReadonlyMap<string, readonly Bar[]>): readonly Stretch[] => {
  const path: Stretch[] = [];
  const add = (bar: Bar, fromUs: number, untilUs: number): void => {
    if (untilUs > fromUs) path.push({ bar, fromUs, untilUs });
  };
  const walk = (bar: Bar, startUs: number, endUs: number): void => {
    let openUs = endUs;
    const latestFirst = (inside.get(bar.id) ?? []).toSorted((a, b) => b.endUs - a.endUs);
    for (const inner of latestFirst) {
      // Of two rows of one moment, that which ends a bar may be the later one.
      const untilUs = Math.min(inner.endUs, endUs);
      const fromUs = Math.max(inner.startUs, startUs);
      if (untilUs > openUs || fromUs >= untilUs) continue;
      add(bar, untilUs, openUs);
      walk(inner, fromUs, untilUs);
      openUs = fromUs;
    }
    add(bar, startUs, openUs);
  };
  walk(run, run.startUs, run.endUs);
  return path;
};
