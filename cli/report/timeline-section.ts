import { addressOf } from "../../actors/workflow/outline.ts";
import { durationText } from "../trace/duration.ts";
import { workedUs } from "../../observability/pauses.ts";
import type { Bar } from "../../observability/report/bar.ts";
import type { Lane, Timeline } from "../../observability/report/timeline.ts";
import { countOf, countText } from "../count-text.ts";
import { percentAt } from "./figures.ts";
import { cutMarks, laneName, laneRow, unitWords } from "./lane.ts";
import { bounded } from "./bounded.ts";
import { html, lineOf, nothing, type Markup } from "./markup.ts";
import { timeScale, type TimeScale } from "./time-scale.ts";

const lanesAtMost = 90;
const lanesBytes = 250_000;
const waitedForAtMost = 8;
const slowestAtMost = 3;
const slowestListsAtMost = 6;
const partsOfItemAtMost = 24;
/** How wide a part of an item is drawn at least. */
const leastPartShare = 0.003;

/** When what was at work, what the end waited for, and the slowest of what there are many of. */
export const timelineSection = (timeline: Timeline): Markup => {
  const { root, startUs, endUs, pauses } = timeline;
  const scale = timeScale(startUs, endUs, pauses);
  const lanes = lanesOf(root);
  const { markup, shown } = bounded(lanes.shown, lanesBytes, (lane) => laneRow(lane, scale, pauses));
  const left = lanes.left + lanes.shown.length - shown;
  return html`<section id="timeline">
    <h2>Timeline</h2>
    <p class="legend">
      ${legend}${scale.cuts.length === 0 ? nothing : legendEntry("cut", "nothing ran (cut short)")}
    </p>
    <div class="lanes">
      <div class="lane ruler">
        <div class="what"></div>
        ${ruler(scale)}
        <div class="n times">times</div>
        <div class="n median">median</div>
        <div class="n p95">95 %</div>
        <div class="n longest">longest</div>
      </div>
      ${markup}
    </div>
    ${left === 0 ? nothing : html`<p class="left-out">${countOf(left, "more lane")} of less work left out.</p>`}
    <p class="note">
      Where a line stands for many, its height is how many were at work at once. Times are of work: pauses
      between two processes of a run do not count. A voter's bar ends with its vote. Where some that ran side
      by side failed, red is as high as their part. What never ended is counted as unfinished, and stands in
      no median, percentile or longest time of many.
    </p>
    ${waitedFor(timeline)} ${slowestLists(timeline, lanes.shown)}
  </section> `;
};

const ruler = (scale: TimeScale): Markup =>
  html`<svg class="track" height="22" aria-hidden="true">
    ${cutMarks(scale)}${scale.ticks.map(({ atUs, workedUs: worked }) => {
      const share = scale.at(atUs);
      const anchor = share > 0.93 ? "end" : share < 0.04 ? "start" : "middle";
      return html`<line class="tick" x1="${percentAt(share)}" x2="${percentAt(share)}" y1="17" y2="22" /><text
          x="${percentAt(share)}"
          y="13"
          text-anchor="${anchor}"
          >${durationText(worked)}</text
        >`;
    })}
  </svg>`;

/** A colour and what it stands for. */
export const legendEntry = (colour: string, words: string): Markup =>
  html`<span><span class="key ${colour}"></span>${words}</span>`;

const legend = [
  legendEntry("step", "step"),
  legendEntry("agent", "agent"),
  legendEntry("wait", "wait for a model"),
  legendEntry("inference", "model"),
  legendEntry("tool", "program"),
  legendEntry("decision", "vote"),
  legendEntry("failed", "failed"),
  legendEntry("critical", "critical path"),
];

/** The lanes in the order of a tree; of too many those with most work, and what they are in. */
const lanesOf = (root: Lane): { readonly shown: readonly Lane[]; readonly left: number } => {
  const all = [...tree(root)];
  const ranked = all.toSorted((a, b) => a.lane.depth - b.lane.depth || workOf(b.lane) - workOf(a.lane));
  const shown = new Set<Lane>();
  for (const { lane, around } of ranked)
    if (shown.size < lanesAtMost && (around === undefined || shown.has(around))) shown.add(lane);
  return {
    shown: all.flatMap(({ lane }) => (shown.has(lane) ? [lane] : [])),
    left: all.length - shown.size,
  };
};

function* tree(lane: Lane, around?: Lane): Generator<{ readonly lane: Lane; readonly around?: Lane }> {
  yield around === undefined ? { lane } : { lane, around };
  for (const inner of lane.inside) yield* tree(inner, lane);
}

const workOf = ({ bars }: Lane): number => bars.reduce((sum, { startUs, endUs }) => sum + endUs - startUs, 0);

/** The critical path added up by lane: what to make faster first. */
const waitedFor = ({ root, startUs, endUs, pauses }: Timeline): Markup => {
  const wholeUs = Math.max(1, workedUs(startUs, endUs, pauses));
  const rows = [...named(root, [])]
    .map(({ name, lane }) => ({
      name,
      lane,
      us: lane.critical.reduce((sum, { fromUs, untilUs }) => sum + workedUs(fromUs, untilUs, pauses), 0),
    }))
    .filter(({ us }) => us > 0)
    .toSorted((a, b) => b.us - a.us);
  if (rows.length === 0) return nothing;
  const shown = rows.slice(0, waitedForAtMost);
  const restUs = rows.slice(waitedForAtMost).reduce((sum, { us }) => sum + us, 0);
  return html`<h3>What the end waited for</h3>
    <table class="figures">
      <thead>
        <tr>
          <th>on the critical path</th>
          <th class="n">time</th>
          <th class="n">part</th>
          <th class="wide"></th>
        </tr>
      </thead>
      <tbody>
        ${shown.map(({ name, lane, us }) => waitedRow(name, unitWords[lane.unit], us, us / wholeUs))}${restUs === 0 ? nothing : waitedRow("all else", "", restUs, restUs / wholeUs)}
      </tbody>
    </table> `;
};

const waitedRow = (name: string, unit: string, us: number, share: number): Markup =>
  html`<tr>
    <td><span class="unit">${unit}</span> ${name}</td>
    <td class="n">${durationText(us)}</td>
    <td class="n">${(share * 100).toFixed(1)} %</td>
    <td class="wide">
      <svg class="meter" height="10" aria-hidden="true">
        <rect class="critical" width="${percentAt(share)}" height="10" rx="2" />
      </svg>
    </td>
  </tr> `;

function* named(
  lane: Lane,
  around: readonly string[],
): Generator<{ readonly name: string; readonly lane: Lane }> {
  const here = lane.unit === "run" ? [] : [...around, laneName(lane)];
  yield { name: here.length === 0 ? "the workflow itself" : here.join(" › "), lane };
  for (const inner of lane.inside) yield* named(inner, here);
}

/** Of each map, the items that took longest, and what they were at. */
const slowestLists = (timeline: Timeline, shown: readonly Lane[]): Markup => {
  const lists = shown
    .filter(({ label, bars }) => label === "[]" && bars.length > slowestAtMost)
    .slice(0, slowestListsAtMost);
  if (lists.length === 0) return nothing;
  return html`${lists.map(({ bars }) => {
    const took = ({ startUs, endUs }: Bar): number => workedUs(startUs, endUs, timeline.pauses);
    const slowest = bars.toSorted((a, b) => took(b) - took(a)).slice(0, slowestAtMost);
    // A map within items of another one has all its items in one lane.
    const map = addressOf(bars[0]?.path ?? "");
    return html`<details>
      <summary><h3>Slowest of ${countText(bars.length)} items of ${lineOf(map, 60)}</h3></summary>
      ${slowest.map((item) => itemRows(item, timeline))}
    </details> `;
  })}`;
};

const itemRows = (item: Bar, { inside, pauses, startUs }: Timeline): Markup => {
  const parts = [...within(item, inside)];
  const scale = timeScale(item.startUs, item.endUs, pauses);
  return html`<div class="item">
    <h4>
      ${lineOf(item.path, 80)}<small
        >${durationText(workedUs(item.startUs, item.endUs, pauses))}, from
        ${durationText(workedUs(startUs, item.startUs, pauses))} on</small
      >
    </h4>
    ${parts.slice(0, partsOfItemAtMost).map(
      ({ bar, depth }) =>
        html`<div class="part in${Math.min(depth, 7)}">
          <div class="what">
            <span class="unit ${bar.unit}">${unitWords[bar.unit]}</span> ${laneName(bar)}
          </div>
          <svg class="track" height="14" aria-hidden="true">
            <g class="${bar.unit}">
              <rect
                class="${bar.failure === undefined ? "bar" : "bar failed"}"
                x="${percentAt(Math.min(scale.at(bar.startUs), 1 - leastPartShare))}"
                width="${percentAt(Math.max(leastPartShare, scale.at(bar.endUs) - scale.at(bar.startUs)))}"
                y="2"
                height="10"
                rx="2"
              />
            </g>
          </svg>
          <div class="n">${durationText(workedUs(bar.startUs, bar.endUs, pauses))}</div>
        </div> `,
    )}${parts.length > partsOfItemAtMost ? html`<p class="left-out">and ${countOf(parts.length - partsOfItemAtMost, "more part")}</p>` : nothing}
  </div> `;
};

function* within(
  bar: Bar,
  inside: Timeline["inside"],
  depth = 0,
): Generator<{ readonly bar: Bar; readonly depth: number }> {
  for (const inner of inside.get(bar.id) ?? []) {
    yield { bar: inner, depth };
    yield* within(inner, inside, depth + 1);
  }
}
