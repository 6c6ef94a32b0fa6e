import { workedUs, type Pause } from "../../observability/pauses.ts";
import { niceStep } from "./figures.ts";

/** How wide a pause is drawn, however long it was. */
const pauseShare = 0.02;
/** Shorter ones are drawn as long as they were. */
const shownPauseShare = 0.02;
const pausesAtMost = 10;

export type TimeScale = {
  /** Where a moment is drawn, from 0 to 1. */
  readonly at: (us: number) => number;
  /** Pauses that are cut short. */
  readonly cuts: readonly Pause[];
  /** Moments of a ruler, in microseconds since 1970 and as time worked since the start. */
  readonly ticks: readonly { readonly atUs: number; readonly workedUs: number }[];
};

/** A scale of the time of a run in which long pauses are cut short, so that a night between two processes does not hide the work. */
export const timeScale = (startUs: number, endUs: number, pauses: readonly Pause[]): TimeScale => {
  const wholeUs = Math.max(1, endUs - startUs);
  const cuts = pauses
    .filter(({ fromUs, untilUs }) => untilUs - fromUs > wholeUs * shownPauseShare)
    .toSorted((a, b) => b.untilUs - b.fromUs - (a.untilUs - a.fromUs))
    .slice(0, pausesAtMost)
    .toSorted((a, b) => a.fromUs - b.fromUs);
  const drawnUs = Math.max(1, workedUs(startUs, endUs, cuts));
  const forWork = 1 - cuts.length * pauseShare;
  const at = (us: number): number => {
    const moment = Math.min(endUs, Math.max(startUs, us));
    const passed = cuts.filter(({ untilUs }) => untilUs <= moment);
    const inside = cuts.find(({ fromUs, untilUs }) => fromUs < moment && moment < untilUs);
    const partly = inside === undefined ? 0 : (moment - inside.fromUs) / (inside.untilUs - inside.fromUs);
    const worked = workedUs(startUs, moment, cuts);
    return (worked / drawnUs) * forWork + (passed.length + partly) * pauseShare;
  };
  return { at, cuts, ticks: ticksOf(startUs, drawnUs, cuts) };
};

const ticksOf = (startUs: number, drawnUs: number, cuts: readonly Pause[]): TimeScale["ticks"] => {
  const stepUs = niceStep(drawnUs, 5);
  return Array.from({ length: Math.floor(drawnUs / stepUs) + 1 }, (_, index) => {
    const worked = index * stepUs;
    let atUs = startUs + worked;
    for (const { fromUs, untilUs } of cuts) if (atUs > fromUs) atUs += untilUs - fromUs;
    return { atUs, workedUs: worked };
  });
};
