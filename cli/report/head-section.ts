import { durationText } from "../trace/duration.ts";
import { workedUs } from "../../observability/pauses.ts";
import type { RunRecord } from "../../observability/report/record.ts";
import type { Timeline } from "../../observability/report/timeline.ts";
import type { RunBasis } from "../wire/basis.ts";
import { countOf, countText } from "../count-text.ts";
import { timeText } from "./figures.ts";
import { clipped, html, lineOf, nothing, type Content, type Markup } from "./markup.ts";
import { shortDigest } from "./model-section.ts";

const agentsAtMost = 60;

export type RunStatus = { readonly status: string; readonly exit: number | null };

/** How a run stands, in a word that people read and a colour. */
const statusWords: Readonly<Record<string, { readonly words: string; readonly tone: string }>> = {
  done: { words: "Done", tone: "settled" },
  failed: { words: "Failed", tone: "bad" },
  "not-settled": { words: "A decision was not settled", tone: "unsettled" },
  "budget-spent": { words: "Budget spent", tone: "bad" },
  timeout: { words: "Out of time", tone: "bad" },
  running: { words: "Running", tone: "waiting" },
  waiting: { words: "Waits for a person", tone: "waiting" },
  ruled: { words: "A person has ruled; not resumed yet", tone: "waiting" },
  interrupted: { words: "Interrupted", tone: "unsettled" },
};

/** What ran, how it ended, when, how long, and what it took. */
export const headSection = (
  record: RunRecord,
  basis: RunBasis,
  timeline: Timeline,
  { status, exit }: RunStatus,
): Markup => {
  const { header, finished, rows, pauses, resumes, calls, decisions, rulings, lastUs, account } = record;
  const { words, tone } = statusWords[status] ?? { words: status, tone: "waiting" };
  const lastRowUs = rulings.reduce((latest, { atUs }) => Math.max(latest, atUs), lastUs);
  const pausedUs = pauses.reduce((sum, { fromUs, untilUs }) => sum + untilUs - fromUs, 0);
  const settled = decisions.filter(({ outcome }) => outcome?.settled === true).length;
  const { promptTokens, outputTokens, estimatedTokens, calls: ended } = account.total;
  const atMost = estimatedTokens > 0 ? "at most " : "";
  const unfinished = Math.max(0, calls.length - ended);
  return html`<header>
    <p class="kicker">swarm run report</p>
    <h1>${lineOf(header.task.name, 120)}</h1>
    <p class="status">
      <span class="badge ${tone}">${words}</span
      >${exit === null ? nothing : html` <span class="quiet">exit code ${exit}</span>`}
      <code>${header.run}</code>
    </p>
    ${finished?.message === undefined ? nothing : html`<p class="message"><span class="lines">${clipped(finished.message, 2000)}</span></p>`}
    <dl class="facts">
      ${fact("started", timeText(header.atUs))}
      ${fact(finished === undefined ? "last row" : "ended", timeText(finished === undefined ? lastRowUs : lastUs))}
      ${fact("took", `${durationText(workedUs(timeline.startUs, timeline.endUs, pauses))}${pausedUs > 0 ? `, and ${durationText(pausedUs)} paused` : ""}`)}
      ${fact("record", countOf(rows, "row"))}
      ${fact("decisions", decisions.length === 0 ? "none" : `${countText(settled)} of ${countText(decisions.length)} settled`)}
      ${fact("calls of models", `${countText(ended)}${unfinished > 0 ? `, and ${countText(unfinished)} unfinished` : ""}`)}
      ${fact("tokens", `${atMost}${countText(promptTokens)} in, ${countText(outputTokens)} out`)}
      ${fact("resumed", resumes === 0 ? "never" : countOf(resumes, "time"))} ${fact("swarm", header.swarm)}
      ${fact("bus", header.bus ?? "in the process")}
      ${fact("task file", header.task.path === null ? "given as data" : lineOf(header.task.path, 200))}
      ${fact("task digest", html`<code class="digest" title="${lineOf(header.task.digest, 200)}">${shortDigest(header.task.digest)}</code>`)}
    </dl>
    ${agentTable(basis)}
  </header> `;
};

const fact = (name: string, value: Content): Markup =>
  html`<div>
    <dt>${name}</dt>
    <dd>${value}</dd>
  </div>`;

const agentTable = ({ plan }: RunBasis): Markup => {
  const agents = Object.values(plan.agents);
  if (agents.length === 0) return nothing;
  return html`<details>
    <summary>${countOf(agents.length, "agent")}</summary>
    <table class="cards">
      <thead>
        <tr>
          <th>agent</th>
          <th>role</th>
          <th>model</th>
          <th>domain</th>
        </tr>
      </thead>
      <tbody>
        ${agents.slice(0, agentsAtMost).map(
          ({ name, role, model, domain }) =>
            html`<tr>
              <th scope="row">${lineOf(name, 60)}</th>
              <td data-label="role">${lineOf(role, 200)}</td>
              <td data-label="model">${lineOf(model, 60)}</td>
              <td data-label="domain">${lineOf(domain ?? "–", 60)}</td>
            </tr> `,
        )}
      </tbody>
    </table>
    ${agents.length > agentsAtMost ? html`<p class="left-out">${countOf(agents.length - agentsAtMost, "more agent")} left out.</p>` : nothing}
  </details>`;
};
