import { durationText } from "../trace/duration.ts";
import { busyIn } from "../../observability/report/calls.ts";
import type { Bar } from "../../observability/report/bar.ts";
import { workedUs, type Pause } from "../../observability/pauses.ts";
import { figuresOf, type Lane } from "../../observability/report/timeline.ts";
import { countText } from "../count-text.ts";
import { percentAt } from "./figures.ts";
import { html, lineOf, nothing, type Markup } from "./markup.ts";
import type { TimeScale } from "./time-scale.ts";

/** Lanes with more bars than this show how many were at work, and not each. */
const barsAtMost = 60;
const failuresAtMost = 50;
/** Parts of the axis in which the work of many bars is added up. */
const parts = 150;
/** How wide a bar and a mark are at least; at the very end of the axis they stand before it, or nobody would see them. */
const leastShare = 0.0015;
const markShare = 0.005;
/** Stretches of the critical path that are drawn nearer than this are drawn as one. */
const apart = 0.002;

export const unitWords: Readonly<Record<Lane["unit"], string>> = {
  run: "run",
  step: "step",
  agent: "agent",
  wait: "waits for",
  inference: "model",
  tool: "program",
  decision: "vote",
};

export const laneName = ({ unit, label }: Pick<Lane, "unit" | "label">): string => {
  if (label === "[]") return "items";
  return unit === "decision" ? "decision" : lineOf(label, 60);
};

/** One line of the timeline: what it is, when it was at work, how often and how long. */
export const laneRow = (lane: Lane, scale: TimeScale, pauses: readonly Pause[]): Markup => {
  const { count, failed, unfinished, medianUs, p95Us, longestUs } = figuresOf(lane, pauses);
  const isMany = count > 1;
  // Of many that were all cut off nothing can be said; of one, how long it was at work.
  const [only] = lane.bars;
  const figure = (us: number): string => (unfinished < count ? durationText(us) : "–");
  const longest =
    isMany || only === undefined
      ? figure(longestUs)
      : durationText(workedUs(only.startUs, only.endUs, pauses));
  const countOfMany = (some: number): string => (isMany ? `${countText(some)} ` : "");
  return html`<div class="lane in${Math.min(lane.depth, 7)}">
    <div class="what">
      <span class="unit ${lane.unit}">${unitWords[lane.unit]}</span> <b>${laneName(lane)}</b>${
        failed === 0 ? nothing : html` <span class="bad">${countOfMany(failed)}failed</span>`
      }${unfinished === 0 ? nothing : html` <small>${countOfMany(unfinished)}unfinished</small>`}
    </div>
    <svg class="track" height="22" role="img" aria-label="${isMany ? `${countText(count)} times` : longest}">
      ${track(lane, scale, pauses)}
    </svg>
    <div class="n times">${isMany ? `×${countText(count)}` : ""}</div>
    <div class="n median">${isMany ? figure(medianUs) : ""}</div>
    <div class="n p95">${isMany ? figure(p95Us) : ""}</div>
    <div class="n longest">${longest}</div>
  </div> `;
};

const track = (lane: Lane, scale: TimeScale, pauses: readonly Pause[]): Markup => {
  const { bars, unit } = lane;
  if (bars.length > barsAtMost) {
    const failed = bars.filter(hasFailed);
    return html`${cutMarks(scale)}<g class="${unit}">${strip(bars, bars, scale)}</g
      >${failed.length === 0 ? nothing : html`<g class="failed" pointer-events="none">${strip(failed, bars, scale)}</g>`}${failed.slice(0, failuresAtMost).map((bar) => failureMark(bar, scale))}${criticalMark(lane, scale)}`;
  }
  const isRed = !hidesOthers(bars);
  const marks = bars.map((bar) => barMark(bar, scale, pauses, isRed));
  return html`${cutMarks(scale)}<g class="${unit}">${marks}</g
    >${isRed ? nothing : failedPart(bars, scale)}${criticalMark(lane, scale)}`;
};

export const cutMarks = ({ cuts, at }: TimeScale): readonly Markup[] =>
  cuts.map(
    ({ fromUs, untilUs }) =>
      html`<rect
        class="cut"
        x="${percentAt(at(fromUs))}"
        width="${percentAt(at(untilUs) - at(fromUs))}"
        y="0"
        height="100%"
        ><title>${`nothing ran for ${durationText(untilUs - fromUs)}`}</title></rect
      >`,
  );

const hasFailed = ({ failure }: Bar): boolean => failure !== undefined;

/** Whether one that failed lies on one that did not. */
const hidesOthers = (bars: readonly Bar[]): boolean => {
  const others = bars.filter((bar) => !hasFailed(bar));
  return bars.some(
    (bar) =>
      hasFailed(bar) && others.some(({ startUs, endUs }) => startUs < bar.endUs && bar.startUs < endUs),
  );
};

/** Red as high as the part of those at work that failed, and a mark at the end of each of these, however short it was. */
const failedPart = (bars: readonly Bar[], scale: TimeScale): Markup => {
  const failed = bars.filter(hasFailed);
  const all = busyOver(bars, scale);
  const share = busyOver(failed, scale).map((count, part) => count / Math.max(all[part] ?? 0, 1e-9));
  const area = areaChart(share, 1, { top: 3, height: 12 });
  return html`<g class="failed" pointer-events="none">${area}</g
    >${failed.map((bar) => failureMark(bar, scale))}`;
};

/** `isRed`: where it failed. */
const barMark = (bar: Bar, { at }: TimeScale, pauses: readonly Pause[], isRed: boolean): Markup => {
  const { startUs, endUs } = bar;
  const [from, until] = [at(startUs), at(endUs)];
  return html`<rect
    class="${isRed && hasFailed(bar) ? "bar failed" : "bar"}"
    x="${percentAt(Math.min(from, 1 - leastShare))}"
    width="${percentAt(Math.max(leastShare, until - from))}"
    y="3"
    height="12"
    rx="2"
    ><title>${titleOf(bar, pauses)}</title></rect
  >`;
};

const titleOf = (
  { path, label, failure, unfinished, startUs, endUs }: Bar,
  pauses: readonly Pause[],
): string =>
  [
    lineOf(path === "" ? label : path, 100),
    durationText(workedUs(startUs, endUs, pauses)),
    ...(unfinished ? ["unfinished"] : []),
    ...(failure === undefined ? [] : [lineOf(failure, 120)]),
  ].join(" · ");

/** How many of some were at work at once, over time; as high as the track is the most of all. */
const strip = (some: readonly Bar[], all: readonly Bar[], scale: TimeScale): Markup =>
  areaChart(busyOver(some, scale), Math.max(...busyOver(all, scale), 0), { top: 2, height: 14 });

/** How many of some were at work at once, in each part of the axis. */
const busyOver = (some: readonly Bar[], { at }: TimeScale): readonly number[] =>
  busyIn(
    some.map(({ startUs, endUs }) => ({ startUs: at(startUs), endUs: at(endUs) })),
    { startUs: 0, endUs: 1 },
    parts,
  );

/** A step line filled down to zero, over the whole width of an SVG. */
export const areaChart = (
  values: readonly number[],
  most: number,
  { top, height }: { readonly top: number; readonly height: number },
): Markup => {
  const points = values.map((value, part) => {
    // Sums of fractions may differ in their last digit from the most of all.
    const y = most === 0 ? 100 : Math.max(0, 100 - (100 * value) / most);
    return `${part === 0 ? "" : `H${part}`}V${y.toFixed(1).replace(/\.0$/, "")}`;
  });
  return html`<svg
    x="0"
    y="${top}"
    width="100%"
    height="${height}"
    viewBox="0 0 ${values.length} 100"
    preserveAspectRatio="none"
  >
    <path class="area" d="M0 100${points.join("")}H${values.length}V100z" />
  </svg>`;
};

const failureMark = (bar: Bar, { at }: TimeScale): Markup =>
  html`<rect
    class="failed"
    x="${percentAt(Math.min(at(bar.endUs), 1 - markShare))}"
    width="2"
    y="2"
    height="14"
    ><title>
      ${`${lineOf(bar.path === "" ? bar.label : bar.path, 100)} · ${lineOf(bar.failure ?? "", 120)}`}
    </title></rect
  >`;

/** Where the critical path runs through this lane. */
const criticalMark = ({ critical }: Lane, { at }: TimeScale): Markup => {
  const drawn: { from: number; until: number }[] = [];
  for (const { fromUs, untilUs } of critical) {
    const [from, until] = [at(fromUs), at(untilUs)];
    const last = drawn.at(-1);
    if (last !== undefined && from - last.until < apart) last.until = Math.max(last.until, until);
    else drawn.push({ from, until });
  }
  if (drawn.length === 0) return nothing;
  const line = drawn.map(({ from, until }) => {
    const x = Math.round(from * 1000);
    return `M${x} 0H${Math.max(x + 1, Math.round(until * 1000))}V1H${x}z`;
  });
  return html`<svg x="0" y="17" width="100%" height="3" viewBox="0 0 1000 1" preserveAspectRatio="none">
    <path class="critical" d="${line.join("")}" />
  </svg>`;
};
