import { countOf } from "../count-text.ts";
import type { CountedBallot, OptionTally } from "../../coordination/protocol/decision-messages.ts";
import { isFor } from "../../coordination/protocol/dissent.ts";
import type { Explanation, ExplainedBallot } from "../explain/explanation.ts";
import type { Gate } from "../explain/gates.ts";
import { percent } from "../explain/gates.ts";
import { conductWords } from "../explain/weight-text.ts";
import { html, lineOf, nothing, type Markup } from "./markup.ts";

const votersAtMost = 24;
const optionsAtMost = 12;
/** Options that have a colour of their own. */
const colours = 6;
/** Width of the band of the heaviest ballot, in pixels. */
const widest = 16;

/**
 * The way of a decision as a drawing: who voted for what with which weight, the options, the gates, the outcome. Words are HTML beside the
 * bands, so that they keep their size whatever the width of the page.
 */
export const decisionTree = ({ outcome, ballots, gates, opened }: Explanation): Markup => {
  const voters = ballots.slice(0, votersAtMost);
  const options = outcome.tally.slice(0, optionsAtMost);
  const heaviest = Math.max(1, ...ballots.map(({ weight }) => weight));
  const unit = unitOf(opened.rule);
  const bands = voters.flatMap((ballot, from) => {
    const width = Math.max(1.5, (widest * ballot.weight) / heaviest).toFixed(1);
    const y1 = middle(from, voters.length);
    return options.map(({ option }, to) => {
      if (ballot.status !== "counted" || !isFor(ballot, option)) return nothing;
      const y2 = middle(to, options.length);
      return html`<path
        class="band o${colourOf(to)}"
        stroke-width="${width}"
        d="M0 ${y1}C50 ${y1} 50 ${y2} 100 ${y2}"
        ><title>
          ${`${lineOf(ballot.voter, 40)} → ${lineOf(option, 40)}: ${weightWords(ballot.weight, unit)}`}
        </title></path
      >`;
    });
  });
  const lead = options.findIndex(({ option }) => option === outcome.option);
  return html`<div class="tree" role="group" aria-label="who voted for what, with which weight">
      <div class="column voters">${voters.map((ballot) => voterNode(ballot, options, unit))}</div>
      <div class="bands">
        <svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">${bands}</svg>
      </div>
      <div class="column options">${options.map((tally, at) => optionNode(tally, at, unit))}</div>
      <div class="bands after">
        <svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">
          ${lead < 0 ? nothing : html`<path class="band lead o${colourOf(lead)}" d="M0 ${middle(lead, options.length)}C50 ${middle(lead, options.length)} 50 50 100 50" />`}
        </svg>
      </div>
      <div class="verdict">
        ${
          gates.length === 0
            ? html`<p class="note">The votes only advise: no gates.</p>`
            : html`<ol class="gates">
                ${gates.map(gateLine)}
              </ol>`
        }${outcomeNode(outcome)}
      </div>
    </div>
    ${leftOut(ballots.length - voters.length, outcome.tally.length - options.length)}`;
};

const middle = (at: number, of: number): string => ((100 * (at + 0.5)) / of).toFixed(2);

const colourOf = (at: number): number => Math.min(at, colours - 1);

const voterNode = (ballot: ExplainedBallot, options: readonly OptionTally[], unit: string): Markup => {
  const counts = ballot.status === "counted";
  const at = options.findIndex(({ option }) => option === ballot.option);
  return html`<div class="node ${counts ? `o${colourOf(at < 0 ? colours : at)}` : "uncounted"}">
    <b>${lineOf(ballot.voter, 40)}</b><span>${saysOf(ballot)}</span
    ><i>${counts ? weightWords(ballot.weight, unit) : "no weight"}</i>
  </div>`;
};

const saysOf = ({ status, option, confidencePpm, conduct }: ExplainedBallot): string => {
  if (status !== "counted") return conductWords[conduct] ?? status;
  return `${lineOf(option ?? "", 40)}${confidencePpm === null ? "" : ` · ${percent(confidencePpm)} sure`}`;
};

const optionNode = ({ option, weight, heads }: OptionTally, at: number, unit: string): Markup =>
  html`<div class="node option o${colourOf(at)}">
    <b>${lineOf(option, 60)}</b><span>${countOf(heads, "vote")}</span><i>${weightWords(weight, unit)}</i>
  </div>`;

const gateLine = ({ gate, has, needs, passed }: Gate): Markup =>
  html`<li class="${passed ? "open" : "shut"}">
    <b>${gate}</b><span>${passed ? "" : "shut: "}has ${has}, needs ${needs}</span>
  </li>`;

const outcomeNode = ({
  settled,
  option,
  reason,
  ruling,
  sharePpm,
  confidencePpm,
}: Explanation["outcome"]): Markup => {
  const ruler = ruling === undefined || ruling.option === null ? undefined : (ruling.judge ?? "a person");
  const head = !settled ? "not settled" : ruler === undefined ? "settled on" : `${lineOf(ruler, 40)} ruled`;
  // The numbers are of what the votes recommended.
  const others =
    ruling === undefined || ruling.recommended === null || ruling.recommended === option
      ? nothing
      : html` of the votes, for ${lineOf(ruling.recommended, 40)}`;
  return html`<div class="outcome ${settled ? "settled" : "unsettled"}">
    <span>${head}</span><b>${option === null ? "no winner" : lineOf(option, 60)}</b
    ><i>share ${percent(sharePpm)} &middot; confidence ${percent(confidencePpm)}${others}</i
    >${settled || reason === undefined ? nothing : html`<span>${option === null ? "" : "recommended only: "}${reason}</span>`}
  </div>`;
};

const leftOut = (voters: number, options: number): Markup => {
  const words = [
    ...(voters > 0 ? [countOf(voters, "more voter")] : []),
    ...(options > 0 ? [countOf(options, "more option")] : []),
  ];
  return words.length === 0
    ? nothing
    : html`<p class="left-out">${words.join(" and ")} not drawn; the tables have them all.</p>`;
};

/** Weights are integers in the record: millionths of a nat, or of a head. */
export const unitOf = (rule: Explanation["opened"]["rule"]): string => {
  switch (rule) {
    case "classwise":
    case "logodds":
    case "ranked":
    case "median":
      return "nat";
    case "linear":
      return "";
    default:
      return "head";
  }
};

export const weightWords = (weight: CountedBallot["weight"], unit: string): string => {
  const value = weight / 1e6;
  if (unit === "head") return countOf(Math.round(value * 100) / 100, "head");
  return `${value.toFixed(3)}${unit === "" ? "" : ` ${unit}`}`;
};
