import type { Span } from "./span.ts";

/** Nothing happened between these: no process drove the run. Microseconds since 1970. */
export type Pause = { readonly fromUs: number; readonly untilUs: number };

/** Time between two moments in which a process drove the run, in microseconds. */
export const workedUs = (fromUs: number, untilUs: number, pauses: readonly Pause[]): number =>
  pauses.reduce(
    (worked, pause) =>
      worked - Math.max(0, Math.min(untilUs, pause.untilUs) - Math.max(fromUs, pause.fromUs)),
    untilUs - fromUs,
  );

/** The pauses that the span of a run tells of; one that has not ended yet lasts as long as the span, by which a person may have said something. */
export const pausesIn = ({ events, endUs }: Pick<Span, "events" | "endUs">): readonly Pause[] => {
  const pauses: Pause[] = [];
  let fromUs: number | undefined;
  for (const { name, atUs } of events) {
    if (name === "paused") fromUs ??= atUs;
    if (name !== "resumed" || fromUs === undefined) continue;
    pauses.push({ fromUs, untilUs: atUs });
    fromUs = undefined;
  }
  if (fromUs !== undefined && fromUs < endUs) pauses.push({ fromUs, untilUs: endUs });
  return pauses;
};
