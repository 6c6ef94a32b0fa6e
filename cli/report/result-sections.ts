import { durationText } from "../trace/duration.ts";
import type { Conversation } from "../../observability/report/conversations.ts";
import type { Failure } from "../../observability/report/failures.ts";
import type { RunRecord } from "../../observability/report/record.ts";
import { actorId, agentName } from "../../coordination/protocol/ids.ts";
import type { Json } from "../../coordination/protocol/json.ts";
import { bounded } from "./bounded.ts";
import { countOf, countText } from "../count-text.ts";
import { clipped, html, lineOf, nothing, type Markup } from "./markup.ts";

const outputAtMost = 30_000;
const outputsBytes = 150_000;
const failuresAtMost = 60;
const failuresBytes = 100_000;
const failureAtMost = 600;
const lineAtMost = 4_000;
const linesAtMost = 12;
const conversationsBytes = 150_000;

/** What the run gave. Texts stand as they are, Markdown too; all else as JSON. */
export const outputSection = ({ finished }: Pick<RunRecord, "finished">): Markup => {
  const outputs = Object.entries(finished?.outputs ?? {});
  if (outputs.length === 0) return nothing;
  const { markup, shown } = bounded(outputs, outputsBytes, ([name, value]) => output(name, value));
  return html`<section id="outputs">
    <h2>Outputs</h2>
    ${markup}${shown < outputs.length ? html`<p class="left-out">${countOf(outputs.length - shown, "more output")} left out; <code>swarm show --json</code> has them all.</p>` : nothing}
  </section> `;
};

const output = (name: string, value: Json): Markup => {
  const text = typeof value === "string" ? value : JSON.stringify(value, null, 2);
  const isShort = text.length < 100 && !text.includes("\n");
  return isShort
    ? html`<h3>${lineOf(name, 80)}: <code>${text}</code></h3> `
    : html`<details${text.length < 8_000 ? html` open` : nothing}><summary><h3>${lineOf(name, 80)}</h3><span class="quiet">${countOf(text.split("\n").length, "line")}</span></summary><pre>${clipped(text, outputAtMost)}</pre></details>
`;
};

/** What went wrong, each kind of it once. */
export const failureSection = ({
  failures,
  otherFailures,
}: Pick<RunRecord, "failures" | "otherFailures">): Markup => {
  if (failures.length === 0) return nothing;
  const { markup, shown } = bounded(failures.slice(0, failuresAtMost), failuresBytes, failureRow);
  const left = failures.slice(shown).reduce((sum, { count }) => sum + count, otherFailures);
  return html`<section id="failures">
    <h2>Failures</h2>
    <table class="cards">
      <thead>
        <tr>
          <th>what</th>
          <th>code</th>
          <th class="n">times</th>
          <th>first in</th>
          <th>message</th>
        </tr>
      </thead>
      <tbody>
        ${markup}
      </tbody>
    </table>
    ${left > 0 ? html`<p class="left-out">${countOf(left, "more failure")} left out.</p>` : nothing}
  </section> `;
};

const failureRow = ({ what, code, message, where, count }: Failure): Markup =>
  html`<tr>
    <th scope="row">${what}</th>
    <td data-label="code"><code>${lineOf(code, 60)}</code></td>
    <td class="n" data-label="times">${countText(count)}</td>
    <td data-label="first in">${lineOf(placeOf(where), 100)}</td>
    <td data-label="message"><span class="lines">${clipped(message, failureAtMost)}</span></td>
  </tr> `;

/** `ann in all[0]/first` of the actor `agent/ann/all[0]/first` and of its calls, which have a number behind a colon. */
const placeOf = (where: string): string => {
  const agent = agentName(actorId(where));
  if (agent === undefined) return where;
  const step = where.split("/").slice(2).join("/").replace(/:\d+$/, "");
  return `${agent} in ${step}`;
};

/** What the models were asked and what they said; only where it was asked for. */
export const conversationSection = ({
  conversations,
  otherConversations,
}: Pick<RunRecord, "conversations" | "otherConversations">): Markup => {
  if (conversations.length === 0) return nothing;
  const { markup, shown } = bounded(conversations, conversationsBytes, conversation);
  const left = conversations.length - shown + otherConversations;
  return html`<section id="conversations">
    <h2>Prompts and replies</h2>
    <p class="note">Those that failed and those that took longest. What looks like a secret was replaced.</p>
    ${markup}${left > 0 ? html`<p class="left-out">${countOf(left, "more call")} left out.</p>` : nothing}
  </section> `;
};

const conversation = ({ request, model, agent, lines, reply, failed, tookUs }: Conversation): Markup =>
  html`<details class="call">
    <summary>
      <b>${lineOf(agent, 60)}</b>
      <span class="quiet"
        >${lineOf(model, 60)} &middot; ${durationText(tookUs)} &middot; ${lineOf(request, 120)}</span
      >${failed ? html` <span class="badge bad">failed</span>` : nothing}
    </summary>
    ${lines.length > linesAtMost ? html`<p class="left-out">${countOf(lines.length - linesAtMost, "earlier line")} left out.</p>` : nothing}
    ${lines.slice(-linesAtMost).map(
      ({ role, content }) =>
        html`<h3>${role}</h3>
          <pre>${clipped(content, lineAtMost)}</pre>`,
    )}
    <h3>${failed ? "failure" : "reply"}</h3>
    <pre>${clipped(reply, lineAtMost)}</pre>
  </details> `;

export type ReplayParts = {
  readonly run: string;
  readonly status: string;
  /** The commands that go on with it, and that rule on what waits. */
  readonly resume: string;
  readonly approvals: readonly string[];
  readonly decisions: number;
};

/** The commands that go on from here. */
export const replaySection = ({ run, status, resume, approvals, decisions }: ReplayParts): Markup => {
  const goesOn = status === "interrupted" || status === "waiting" || status === "ruled";
  const commands = [
    ...approvals.map((command) => [command, "rules on a decision that waits"]),
    ...(goesOn ? [[resume, "goes on from the last row on disk"]] : []),
    [`swarm replay ${run}`, "runs it again from its record and compares row by row"],
    ...(decisions > 0 ? [[`swarm explain ${run} DECISION`, "one decision, down to every number"]] : []),
    [`swarm show ${run} --json`, `${decisions > 0 ? "all decisions and outputs" : "its outputs"} as JSON`],
  ];
  return html`<section id="replay">
    <h2>How to go on, and to check this</h2>
    <dl class="commands">
      ${commands.map(
        ([command, what]) =>
          html`<dt><code>${command}</code></dt>
            <dd>${what}</dd>`,
      )}
    </dl>
    <p class="note">
      Everything in this report is read from the record of the run; it holds no script and loads nothing.
    </p>
  </section> `;
};
