/** Some work, and a time in which it was done. Microseconds. */
export type Stretch<Work> = { readonly work: Work; readonly startUs: number; readonly endUs: number };

/**
 * What the end of some work waited for, from its end back to its start: of all that is inside the one that ended last, then the one that
 * ended last before that one began, and so on; what was still going on then was not what was waited for. Where nothing inside was at work, the work
 * itself was. `tell` hears of these stretches, the last first: they cover the whole time without overlap. Work that is waited for and has no time of
 * its own is told with an empty stretch.
 */
export const walkBack = <Work>(
  whole: Stretch<Work>,
  insideOf: (work: Work) => readonly Stretch<Work>[],
  tell: (stretch: Stretch<Work>) => void,
): void => {
  const { work, startUs, endUs } = whole;
  let openUs = endUs;
  const latestFirst = insideOf(work).toSorted((a, b) => b.endUs - a.endUs);
  for (const inner of latestFirst) {
    // Clocks of engines may differ a little from ours, and of two rows of one moment that which ends it may be the later one.
    const untilUs = Math.min(inner.endUs, endUs);
    const fromUs = Math.max(inner.startUs, startUs);
    if (untilUs > openUs || fromUs > untilUs) continue;
    if (untilUs < openUs) tell({ work, startUs: untilUs, endUs: openUs });
    walkBack({ work: inner.work, startUs: fromUs, endUs: untilUs }, insideOf, tell);
    openUs = fromUs;
  }
  tell({ work, startUs, endUs: openUs });
};
