import { durationText } from "../trace/duration.ts";
import { workedUs } from "../../observability/pauses.ts";
import { busyIn, type Call } from "../../observability/report/calls.ts";
import { emptySpending, type Spending } from "../../observability/spending.ts";
import type { RunRecord } from "../../observability/report/record.ts";
import type { TokenStretch } from "../../observability/report/tokens.ts";
import { rank } from "../../observability/rank.ts";
import type { Timeline } from "../../observability/report/timeline.ts";
import type { ModelIdentity, RunBasis } from "../wire/basis.ts";
import { budgetBytes } from "../wire/memory.ts";
import { costWords } from "../view/spending-text.ts";
import { countOf, countText } from "../count-text.ts";
import { areaChart } from "./lane.ts";
import { html, lineOf, nothing, type Markup } from "./markup.ts";
import { memoryLanes } from "./memory-section.ts";
import { spendingTable } from "./spending-table.ts";
import { legendEntry } from "./timeline-section.ts";
import { timeScale } from "./time-scale.ts";

const modelsAtMost = 24;
const parts = 200;

type ModelUse = {
  readonly name: string;
  readonly identity: ModelIdentity | undefined;
  readonly calls: readonly Call[];
  readonly spent: Spending;
  /** By part of the axis, on average. */
  readonly inFlight: readonly number[];
  readonly queued: readonly number[];
  /** By part of the axis, those of the prompt and of the reply, spread evenly over the time of their try. */
  readonly tokens: readonly number[];
};

/** Each model: what it is, what it was asked and cost, how many calls it worked on or had waiting and what memory it held over time. */
export const modelSection = (
  {
    calls,
    waits,
    tokens,
    account,
    memory,
  }: Pick<RunRecord, "calls" | "waits" | "tokens" | "account" | "memory">,
  { plan, models }: Pick<RunBasis, "plan" | "models">,
  timeline: Timeline,
): Markup => {
  const scale = timeScale(timeline.startUs, timeline.endUs, timeline.pauses);
  const axis = { startUs: 0, endUs: 1 };
  const drawn = <Stretch extends { readonly startUs: number; readonly endUs: number }>(stretch: Stretch) => ({
    ...stretch,
    startUs: scale.at(stretch.startUs),
    endUs: scale.at(stretch.endUs),
  });
  const names = [...new Set([...Object.keys(models), ...calls.map(({ model }) => model)])];
  const uses = names
    .map((name): ModelUse => {
      const mine = calls.filter(({ model }) => model === name);
      return {
        name,
        identity: Object.hasOwn(models, name) ? models[name] : undefined,
        calls: mine,
        spent: account.models.get(name) ?? emptySpending,
        inFlight: busyIn(mine.map(drawn), axis, parts),
        queued: busyIn(waits.filter(({ model }) => model === name).map(drawn), axis, parts),
        tokens: busyIn(
          tokens
            .filter(({ model }) => model === name)
            .map(drawn)
            .map(byTokens),
          axis,
          parts,
        ),
      };
    })
    .toSorted((a, b) => b.calls.length - a.calls.length);
  if (uses.length === 0) return nothing;
  const most = Math.max(1e-9, ...uses.flatMap(({ inFlight, queued }) => [...inFlight, ...queued]));
  const mostTokens = Math.max(1e-9, ...uses.flatMap(({ tokens }) => tokens));
  const peak = countOf(Math.max(...uses.map(({ calls: mine }) => peakOf(mine))), "call");
  return html`<section id="models">
    <h2>Models</h2>
    <table class="cards">
      <thead>
        <tr>
          <th>model</th>
          <th>provider</th>
          <th>digest</th>
          <th class="n">calls</th>
          <th class="n">failed</th>
          <th class="n">tokens in</th>
          <th class="n">tokens out</th>
          <th class="n">cost</th>
          <th class="n">median</th>
          <th class="n">95 %</th>
          <th class="n">first chunk</th>
        </tr>
      </thead>
      <tbody>
        ${uses.slice(0, modelsAtMost).map((use) => modelRow(use, timeline.pauses))}
      </tbody>
    </table>
    <h3>Over time</h3>
    <p class="legend">
      ${legendEntry("inference", "in flight")}${legendEntry("queued", "waiting for a turn")}${legendEntry("tokens", "tokens")}<span
        >all models to one scale; at most ${peak} of one model at once</span
      >
    </p>
    <div class="lanes">${uses.slice(0, modelsAtMost).map((use) => useRow(use, most, mostTokens))}</div>
    ${uses.length > modelsAtMost ? html`<p class="left-out">${countOf(uses.length - modelsAtMost, "more model")} left out.</p>` : nothing}
    ${memoryLanes(memory, budgetBytes(plan), scale)}${spendingTable(account)}
  </section> `;
};

const modelRow = ({ name, identity, calls, spent }: ModelUse, pauses: Timeline["pauses"]): Markup => {
  // A call that was withdrawn has ended, as the account has it; what it would have taken nobody knows.
  const unfinished = Math.max(0, calls.length - spent.calls);
  const took = calls
    .filter((call) => !call.unfinished)
    .map(({ startUs, endUs }) => workedUs(startUs, endUs, pauses))
    .toSorted((a, b) => a - b);
  const first = calls
    .flatMap(({ firstChunkSeconds }) => (firstChunkSeconds === undefined ? [] : [firstChunkSeconds * 1e6]))
    .toSorted((a, b) => a - b);
  const digest = identity?.digest ?? "–";
  return html`<tr>
    <th scope="row">${lineOf(name, 60)}</th>
    <td data-label="provider">${lineOf(identity?.provider ?? "–", 40)}</td>
    <td data-label="digest">
      <code class="digest" title="${lineOf(digest, 200)}">${shortDigest(digest)}</code>
    </td>
    <td class="n" data-label="calls">
      ${countText(spent.calls)}${unfinished === 0 ? nothing : html`<small>${countText(unfinished)} unfinished</small>`}
    </td>
    <td class="n" data-label="failed">${countText(calls.filter(({ failed }) => failed).length)}</td>
    <td class="n" data-label="tokens in">${countText(spent.promptTokens)}</td>
    <td class="n" data-label="tokens out">${countText(spent.outputTokens)}</td>
    <td class="n" data-label="cost">${costWords(spent)}</td>
    <td class="n" data-label="median">${took.length === 0 ? "–" : durationText(rank(took, 0.5))}</td>
    <td class="n" data-label="95 %">${took.length === 0 ? "–" : durationText(rank(took, 0.95))}</td>
    <td class="n" data-label="first chunk">${first.length === 0 ? "–" : durationText(rank(first, 0.5))}</td>
  </tr> `;
};

/** How many calls there were at once, at most. */
const peakOf = (calls: readonly Call[]): number => {
  const ends = calls.map(({ endUs }) => endUs).toSorted((a, b) => a - b);
  const starts = calls.map(({ startUs }) => startUs).toSorted((a, b) => a - b);
  let [peak, over] = [0, 0];
  for (const [at, startUs] of starts.entries()) {
    while (over < at && (ends[over] ?? Infinity) <= startUs) over += 1;
    peak = Math.max(peak, at + 1 - over);
  }
  return peak;
};

/** The kind of digest and its first digits; the whole stands in the tooltip. */
export const shortDigest = (digest: string): string => {
  const [, kind = "", digits = ""] = /^([a-z0-9]+:)?(.*)$/s.exec(digest) ?? [];
  return lineOf(digits.length > 12 ? `${kind}${digits.slice(0, 12)}…` : digest, 40);
};

const useRow = ({ name, inFlight, queued, tokens }: ModelUse, most: number, mostTokens: number): Markup =>
  html`<div class="lane use">
    <div class="what"><b>${lineOf(name, 40)}</b></div>
    <div class="tracks">
      <svg class="track" height="30" role="img" aria-label="calls over time">
        <g class="queued">${areaChart(queued, most, { top: 1, height: 28 })}</g>
        <g class="inference">${areaChart(inFlight, most, { top: 1, height: 28 })}</g></svg
      ><svg class="track" height="16" role="img" aria-label="tokens over time">
        <g class="tokens">${areaChart(tokens, mostTokens, { top: 1, height: 14 })}</g>
      </svg>
    </div>
  </div> `;

/** Its tokens, as the weight of a stretch on an axis of 1. */
const byTokens = ({ startUs, endUs, tokens }: TokenStretch) => {
  const length = Math.max(1e-9, endUs - startUs);
  return { startUs, endUs: startUs + length, weight: tokens / (length * parts) };
};
