import type { Arrow, Exchange } from "../../observability/report/sequence.ts";
import type { ConversationMap } from "./conversation-map.ts";
import { countOf, countText } from "../count-text.ts";
import { percentAt } from "./figures.ts";
import { html, lineOf, nothing, type Markup } from "./markup.ts";

/** Who told whom what, step by step; messages of one kind are one arrow. */
export const messageSection = ({ speakers, exchanges, left }: ConversationMap): Markup => {
  if (exchanges.length === 0) return nothing;
  const places = new Map(speakers.map((name, at) => [name, (at + 0.5) / speakers.length]));
  return html`<section id="messages">
    <h2>Messages</h2>
    <p class="note">
      Steps from top to bottom, in each the kinds of messages in the order in which they first came up.
      &times;N: so many of a kind.
    </p>
    <div class="sequence">
      <div class="arrow-row heads">
        <div class="what"></div>
        <div class="speakers">
          ${speakers.map((name) => html`<span title="${lineOf(name, 80)}"><b>${lineOf(name, 24)}</b></span>`)}
        </div>
      </div>
      ${exchanges.map((exchange) => exchangeRows(exchange, places))}
    </div>
    ${left === 0 ? nothing : html`<p class="left-out">${countOf(left, "more kind")} of message left out.</p>`}
  </section> `;
};

const exchangeRows = ({ address, arrows }: Exchange, places: ReadonlyMap<string, number>): Markup =>
  html`<h3>${address === "" ? "the run" : lineOf(address, 80)}</h3>
    ${arrows.map((arrow) => arrowRow(arrow, places))}`;

const arrowRow = ({ from, to, what, count }: Arrow, places: ReadonlyMap<string, number>): Markup => {
  const [start, end] = [places.get(from) ?? 0, places.get(to) ?? 0];
  const lines = [...places.values()].map(
    (place) => html`<line class="life" x1="${percentAt(place)}" x2="${percentAt(place)}" y1="0" y2="100%" />`,
  );
  const kind = /failed/.test(what) ? "failed" : start <= end ? "forth" : "back";
  return html`<div class="arrow-row">
    <div class="what">
      <b>${what}</b
      >${count > 1 ? html` <span class="quiet">&times;${countText(count)}</span>` : nothing}<small
        >${lineOf(from, 24)} &rarr; ${lineOf(to, 24)}</small
      >
    </div>
    <svg class="arrow ${kind}" height="24" aria-hidden="true">
      ${lines}${
        from === to
          ? html`<circle cx="${percentAt(start)}" cy="12" r="4" />`
          : html`<line x1="${percentAt(start)}" x2="${percentAt(end)}" y1="12" y2="12" /><svg
                x="${percentAt(end)}"
                y="12"
                overflow="visible"
              >
                <path d="${start < end ? "M0 0L-8 -4V4z" : "M0 0L8 -4V4z"}" />
              </svg>`
      }
      <title>${`${lineOf(from, 40)} → ${lineOf(to, 40)}: ${what}, ${countText(count)}`}</title>
    </svg>
  </div> `;
};
