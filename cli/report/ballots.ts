import { movedBetween } from "../../coordination/decision/rounds.ts";
import type { CountedBallot } from "../../coordination/protocol/decision-messages.ts";
import { dissentFrom } from "../../coordination/protocol/dissent.ts";
import { countText } from "../count-text.ts";
import type { Explanation, ExplainedBallot } from "../explain/explanation.ts";
import { percent } from "../explain/gates.ts";
import { conductWords, weightHead, weightLines } from "../explain/weight-text.ts";
import { clipped, html, lineOf, nothing, type Markup } from "./markup.ts";

const reasonAtMost = 600;

/** Every ballot with the parts of its weight. */
export const ballotTable = (ballots: readonly ExplainedBallot[]): Markup =>
  html`<table class="cards ballots">
    <thead>
      <tr>
        <th>voter</th>
        <th>vote</th>
        <th class="n">says</th>
        <th class="n">calibrated</th>
        <th class="n">ability</th>
        <th class="n">trust</th>
        <th class="n">penalty</th>
        <th class="n">weight</th>
        <th class="n">in the share</th>
      </tr>
    </thead>
    <tbody>
      ${ballots.map(ballotRow)}
    </tbody>
  </table> `;

const ballotRow = (ballot: ExplainedBallot): Markup => {
  const { voter, option, confidencePpm, calibratedPpm, abilityPpm, trustPpm, conduct, status } = ballot;
  const counts = status === "counted";
  const { evidence } = ballot.account;
  const cell = (label: string, value: string): Markup =>
    html`<td class="n" data-label="${label}">${value}</td>`;
  return html`<tr>
    <th scope="row">${lineOf(voter, 40)}</th>
    <td data-label="vote">${counts ? lineOf(option ?? "", 60) : (conductWords[conduct] ?? status)}</td>
    ${cell("says", counts && confidencePpm !== null ? percent(confidencePpm) : "–")}${cell("calibrated", counts ? percent(calibratedPpm) : "–")}${cell("ability", percent(abilityPpm))}${cell("trust", percent(trustPpm))}${cell("penalty", evidence === undefined ? "–" : `× ${evidence.penalty.toFixed(4)}`)}${cell("weight", counts ? countText(ballot.weight) : "–")}${cell("in the share", counts ? countText(ballot.shareWeight) : "–")}
  </tr> `;
};

/** How each weight came about, from the counts that the run began with. */
export const weightAccounts = ({ ballots, opened }: Explanation): Markup =>
  html`<details>
    <summary>How each weight came about</summary>
    ${ballots.map(
      (ballot) =>
        html`<h5>${lineOf(weightHead(ballot), 200)}</h5>
          <dl class="sums">
            ${weightLines(ballot, opened.domain).map(
              ([name = "", words = ""]) =>
                html`<dt>${name}</dt>
                  <dd>${lineOf(words, 800)}</dd>`,
            )}
          </dl> `,
    )}
  </details> `;

/** Reasons for and against, and who did not count and why. */
export const voices = ({ outcome, ballots }: Explanation): Markup => {
  const { option } = outcome;
  const cast = ballots.filter(({ status }) => status === "counted");
  const uncounted = ballots.filter(({ status }) => status !== "counted");
  if (option === null)
    return html`${voiceList("Votes, of which none leads", cast)}${voiceList("Not counted", uncounted)}`;
  const dissent = dissentFrom(outcome, cast);
  const inFavour = cast.filter((ballot) => !dissent.includes(ballot) && (ballot.reason ?? "") !== "");
  return html`${voiceList("In favour", inFavour)}${voiceList("Dissent", dissent)}${voiceList("Not counted", uncounted)}`;
};

/** What a judge or a person said, where one was asked. */
export const rulingLine = ({ ruling }: Explanation["outcome"]): Markup => {
  if (ruling === undefined) return nothing;
  const { judge, option, confidencePpm, recommended, reason = "" } = ruling;
  const sure = confidencePpm === undefined ? "" : `, ${percent(confidencePpm)} sure`;
  const votes = recommended === null ? "nothing" : lineOf(recommended, 60);
  return html`<h4>Ruling</h4>
    <p>
      <b>${judge === undefined ? "A person" : `The judge ${lineOf(judge, 40)}`}</b>
      ${option === null ? "did not rule" : `ruled ${lineOf(option, 60)}${sure}`}; the votes recommended
      ${votes}.${reason === "" ? nothing : html` <q>${clipped(reason, reasonAtMost)}</q>`}
    </p> `;
};

const voiceList = (title: string, ballots: readonly ExplainedBallot[]): Markup =>
  ballots.length === 0
    ? nothing
    : html`<h4>${title}</h4>
        <ul class="voices">
          ${ballots.map(({ voter, status, option, approved = [], conduct, reason = "" }) => {
            const others = approved.filter((one) => one !== option).map((one) => lineOf(one, 60));
            const also = others.length === 0 ? "" : `, also approves of ${others.join(", ")}`;
            const what =
              status === "counted"
                ? `for ${lineOf(option ?? "", 60)}${also}`
                : (conductWords[conduct] ?? status);
            return html`<li>
              <b>${lineOf(voter, 40)}</b>
              ${what}${reason === "" ? html`<span class="quiet">: no reason given</span>` : html`: <q>${clipped(reason, reasonAtMost)}</q>`}
            </li>`;
          })}
        </ul> `;

/** Who said what in each round, where there were several; what was changed is marked. */
export const roundTable = ({ outcome }: Explanation): Markup => {
  const { earlier = [] } = outcome;
  if (earlier.length === 0) return nothing;
  const rounds = [...earlier, { ...outcome, kind: outcome.kind ?? "first" }];
  const moved = rounds.map(
    ({ ballots }, at) => new Set(movedBetween(rounds[at - 1]?.ballots ?? ballots, ballots)),
  );
  return html`<h4>Rounds</h4>
    <div class="scroll">
      <table class="rounds">
        <thead>
          <tr>
            <th></th>
            ${rounds.map(({ kind }, at) => html`<th>${at + 1}. ${kind}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${(rounds[0]?.ballots ?? []).map(
            ({ voter }, row) =>
              html`<tr>
                <th scope="row">${lineOf(voter, 30)}</th>
                ${rounds.map(({ ballots }, at) => {
                  const ballot = ballots[row];
                  return html`<td${moved[at]?.has(voter) === true ? html` class="moved"` : nothing}>${ballot === undefined ? "–" : voteCell(ballot)}</td>`;
                })}
              </tr> `,
          )}
          <tr class="sum">
            <th scope="row">outcome</th>
            ${rounds.map(
              ({ reason, option, sharePpm }) =>
                html`<td>
                  ${reason === undefined ? `settled on ${lineOf(option ?? "", 30)}` : reason}<small
                    >share ${percent(sharePpm)}</small
                  >
                </td>`,
            )}
          </tr>
        </tbody>
      </table>
    </div> `;
};

const voteCell = ({ status, option, confidencePpm, reason = "" }: CountedBallot): Markup =>
  html`${status === "counted" ? lineOf(option ?? "", 30) : status}${confidencePpm === null || status !== "counted" ? nothing : html`<small>${percent(confidencePpm)} sure</small>`}${reason === "" ? nothing : html`<small><q>${lineOf(reason, 120)}</q></small>`}`;
