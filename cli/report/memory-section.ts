import { countOf } from "../count-text.ts";
import { busyIn } from "../../observability/report/calls.ts";
import type { MemoryHistory, MemoryStretch } from "../../observability/report/memory.ts";
import { sizeWords } from "../plan/model-sizes.ts";
import { areaChart } from "./lane.ts";
import { html, lineOf, nothing, type Markup } from "./markup.ts";
import type { TimeScale } from "./time-scale.ts";
import { legendEntry } from "./timeline-section.ts";

const modelsAtMost = 24;
const parts = 200;

/** The colour of each kind, and what it is called. */
const kinds = [
  ["resident", "inference", "in memory"],
  ["reserved", "queued", "set aside while it loads"],
  ["leaving", "decision", "on its way out"],
] as const satisfies readonly (readonly [MemoryStretch["kind"], string, string])[];

/** What models held of the memory over time, one to a line and all together. */
export const memoryLanes = (
  { stretches, evictions }: MemoryHistory,
  budgetBytes: number,
  scale: TimeScale,
): Markup => {
  if (stretches.length === 0)
    return html`<p class="note">No model of this run took memory that the scheduler hands out.</p>`;
  const names = [...new Set(stretches.map(({ model }) => model))];
  const peakBytes = peakOf(stretches);
  const lane = (name: string, mine: readonly MemoryStretch[], words: string): Markup =>
    html`<div class="lane use">
      <div class="what"><b>${lineOf(name, 40)}</b> ${words}</div>
      <svg class="track" height="30" role="img" aria-label="memory over time">
        ${kinds.map(([kind, colour]) => layer(mine, kind, colour, peakBytes, scale))}
      </svg>
    </div> `;
  return html`<h3>Memory</h3>
    <p class="legend">
      ${kinds.map(([, colour, words]) => legendEntry(colour, words))}<span
        >at most ${sizeWords(peakBytes)} at once, of ${sizeWords(budgetBytes)}</span
      >
    </p>
    <div class="lanes">
      ${names.length > 1 ? lane("all models", stretches, "") : nothing}${names
        .slice(0, modelsAtMost)
        .map((name) => {
          const mine = stretches.filter(({ model }) => model === name);
          return lane(name, mine, wordsOf(name, mine, evictions));
        })}
    </div>
    ${names.length > modelsAtMost ? html`<p class="left-out">${countOf(names.length - modelsAtMost, "more model")} left out.</p>` : nothing}`;
};

/** `2.2 MiB, unloaded 3 times, too large 1 time` */
const wordsOf = (
  name: string,
  mine: readonly MemoryStretch[],
  evictions: MemoryHistory["evictions"],
): string => {
  const most = mine.reduce((all, { bytes }) => Math.max(all, bytes), 0);
  const reasons = evictions.filter(({ model }) => model === name).map(({ reason }) => reason);
  const tooLarge = reasons.filter((reason) => reason === "too-large").length;
  return [
    sizeWords(most),
    ...(reasons.length === 0 ? [] : [`unloaded ${countOf(reasons.length, "time")}`]),
    ...(tooLarge === 0 ? [] : [`too large ${countOf(tooLarge, "time")}`]),
  ].join(", ");
};

const layer = (
  mine: readonly MemoryStretch[],
  kind: MemoryStretch["kind"],
  colour: string,
  most: number,
  { at }: TimeScale,
): Markup => {
  const drawn = mine
    .filter((stretch) => stretch.kind === kind)
    .map(({ startUs, endUs, bytes }) => ({ startUs: at(startUs), endUs: at(endUs), weight: bytes }));
  if (drawn.length === 0) return nothing;
  const bytes = busyIn(drawn, { startUs: 0, endUs: 1 }, parts);
  return html`<g class="${colour}">${areaChart(bytes, most, { top: 1, height: 28 })}</g>`;
};

/** The most that all held at once. */
const peakOf = (stretches: readonly MemoryStretch[]): number => {
  const changes = stretches
    .flatMap(({ startUs, endUs, bytes }) => [
      { atUs: startUs, bytes },
      { atUs: endUs, bytes: -bytes },
    ])
    // Of one moment what is given back comes first.
    .toSorted((a, b) => a.atUs - b.atUs || a.bytes - b.bytes);
  let [held, peak] = [0, 0];
  for (const { bytes } of changes) {
    held += bytes;
    peak = Math.max(peak, held);
  }
  return peak;
};
