import type { RecordedDecision } from "../../observability/decisions.ts";
import type { Outcome } from "../../coordination/protocol/decision-messages.ts";
import { isFor } from "../../coordination/protocol/dissent.ts";
import type { Explanation } from "../explain/explanation.ts";
import { percent } from "../explain/gates.ts";
import { outcomeWords } from "../explain/rounds-text.ts";
import { headLines } from "../explain/text.ts";
import { ballotTable, roundTable, rulingLine, voices, weightAccounts } from "./ballots.ts";
import { bounded } from "./bounded.ts";
import { decisionTree } from "./decision-tree.ts";
import { countOf, countText } from "../count-text.ts";
import { percentAt } from "./figures.ts";
import { clipped, html, lineOf, nothing, type Content, type Markup } from "./markup.ts";
import { withTexts } from "./safe-texts.ts";
import { byInterest, gathered, type GatheredDecisions } from "./gathered-decisions.ts";

const fullAtMost = 40;
const fullBytes = 450_000;
const listedAtMost = 600;
const listedBytes = 120_000;
const gatheredAtMost = 40;
const questionAtMost = 1_500;
const sentenceAtMost = 800;
/** From how many on decisions are folded. */
const foldedFrom = 4;

export type DecisionSources = {
  readonly decisions: readonly RecordedDecision[];
  /** How a decision came about, or, where it is open, how its last round stands; absent where it has none. */
  readonly explain: (decision: RecordedDecision) => Explanation | undefined;
  /** The command by which a person rules on one that waits. */
  readonly approve: (decision: RecordedDecision) => string | undefined;
  /** What a person has said of one that waits, which its run has not heard yet. */
  readonly ruled: (decision: RecordedDecision) => string | undefined;
  /** Whether the run has ended: what is open then waits for nobody. */
  readonly isOver: boolean;
  /** Makes a text of the run safe to show. */
  readonly safe: (text: string) => string;
};

/** Each decision: question, votes with their weights, gates, outcome, and where every number comes from. */
export const decisionSection = (sources: DecisionSources): Markup => {
  const { decisions, safe } = sources;
  if (decisions.length === 0) return nothing;
  const ranked = byInterest(decisions);
  const full = bounded(ranked.slice(0, fullAtMost), fullBytes, (decision) =>
    decisionDetails(decision, sources, decisions.length >= foldedFrom),
  );
  const others = ranked.slice(full.shown);
  const list = bounded(others.slice(0, listedAtMost), listedBytes, (decision) =>
    listRow(withTexts(decision, safe)),
  );
  const left = others.length - list.shown;
  return html`<section id="decisions">
    <h2>Decisions</h2>
    ${gatheredTable(withTexts(gathered(decisions), safe))}
    ${full.shown < decisions.length ? html`<p class="note">In full below: ${countText(full.shown)} of ${countText(decisions.length)}, those first that wait, did not settle, were ruled or debated, were wrong, or met dissent.</p>` : nothing}
    ${full.markup}
    ${
      list.shown === 0
        ? nothing
        : html`<details>
            <summary>${countOf(list.shown, "further decision")}</summary>
            <table class="cards">
              <thead>
                <tr>
                  <th>decision</th>
                  <th>outcome</th>
                  <th class="n">share</th>
                  <th class="n">confidence</th>
                  <th class="n">votes</th>
                </tr>
              </thead>
              <tbody>
                ${list.markup}
              </tbody>
            </table>
          </details>`
    }
    ${left === 0 ? nothing : html`<p class="left-out">${countOf(left, "more decision")} left out; <code>swarm show --json</code> has them all, <code>swarm explain</code> each in full.</p>`}
    ${glossary}
  </section> `;
};

/** How one stands that has no outcome. */
type Stand = {
  readonly isOver: boolean;
  readonly ruling: string | undefined;
  readonly command: string | undefined;
};

const decisionDetails = (
  recorded: RecordedDecision,
  { explain, approve, ruled, isOver, safe }: DecisionSources,
  isFolded: boolean,
): Markup => {
  const decision = withTexts(recorded, safe);
  const { opened, outcome, answered } = decision;
  const explanation = explain(recorded);
  const said = ruled(recorded);
  const stand = {
    isOver,
    ruling: said === undefined ? undefined : safe(said),
    command: approve(recorded),
  };
  const badge = badgeOf(decision, stand);
  const body = html`<p class="question">
      <span class="lines">${clipped(opened.question, questionAtMost)}</span>
    </p>
    ${waitingLines(decision, stand)}
    ${
      explanation === undefined
        ? html`<p>
            Open: ${countOf(answered.length, "ballot")} of
            ${opened.electorate.length}${answered.length === 0 ? "" : ` (${lineOf(answered.join(", "), 300)})`}.
            Options: ${lineOf(opened.options.join(" | "), 500)}.
          </p>`
        : explained(withTexts(explanation, safe))
    }`;
  return html`<details class="case" ${isFolded ? nothing : html` open`}>
    <summary>
      <h3>${lineOf(opened.decision, 90)}</h3>
      ${badge}${outcome === undefined ? nothing : html`<span class="quiet">share ${percent(outcome.sharePpm)} &middot; confidence ${percent(outcome.confidencePpm)}</span>`}
    </summary>
    ${body}
  </details> `;
};

const explained = (explanation: Explanation): Markup =>
  html`${explanation.warnings.map((warning) => html`<p class="warning">${lineOf(warning, sentenceAtMost)}</p>`)}
    ${decisionTree(explanation)} ${voices(explanation)} ${rulingLine(explanation.outcome)}
    ${roundTable(explanation)}
    <h4>${explanation.outcome.earlier === undefined ? "Ballots" : "Ballots of the last round"}</h4>
    ${ballotTable(explanation.ballots)}
    <dl class="sums">
      ${headLines(explanation)
        .slice(2)
        .map(
          ([name = "", words = ""]) =>
            html`<dt>${name}</dt>
              <dd>${lineOf(words, sentenceAtMost)}</dd>`,
        )}
    </dl>
    ${weightAccounts(explanation)}`;

const waitingLines = (
  { outcome, round, opened }: RecordedDecision,
  { isOver, ruling, command }: Stand,
): Content => {
  if (outcome !== undefined || round === undefined) return nothing;
  const why = round.outcome.reason === undefined ? "" : ` (${round.outcome.reason})`;
  if (isOver || round.kind !== "person")
    return html`<p class="warning">
      Still open: the votes did not settle it${why};
      ${round.kind === "person" ? "the run ended before a person had ruled" : `a ${round.kind} was under way`}.
      Below is how it stood.
    </p>`;
  if (ruling !== undefined)
    return html`<p class="warning">
      A person ruled ${lineOf(ruling, 300)}; the run goes by it once it is resumed. The votes did not settle
      it${why}.
    </p>`;
  return html`<p class="warning">
      Waits for a person: the votes did not settle it${why}. Options:
      ${lineOf(opened.options.join(" | "), 300)}.
    </p>
    ${command === undefined ? nothing : html`<pre class="command">${command}</pre>`}`;
};

const badgeOf = ({ outcome, round }: RecordedDecision, { isOver, ruling: ruled }: Stand): Markup => {
  if (outcome === undefined && ruled !== undefined && !isOver)
    return html`<span class="badge waiting">ruled by a person: ${lineOf(ruled, 60)}</span>`;
  if (outcome === undefined)
    return html`<span class="badge waiting"
      >${round?.kind === "person" && !isOver ? "waits for a person" : "open"}</span
    >`;
  const { settled, option, reason, ruling } = outcome;
  if (!settled) return html`<span class="badge unsettled">not settled: ${reason ?? "?"}</span>`;
  const by =
    ruling?.option === undefined || ruling.option === null ? "" : ` (ruled by ${ruling.judge ?? "a person"})`;
  return html`<span class="badge settled">${lineOf(option ?? "", 60)}${by}</span>`;
};

const listRow = ({ opened, outcome }: RecordedDecision): Markup =>
  html`<tr>
    <th scope="row">${lineOf(opened.decision, 60)}</th>
    <td data-label="outcome">${outcome === undefined ? "open" : lineOf(outcomeWords(outcome), 80)}</td>
    <td class="n" data-label="share">${outcome === undefined ? "–" : percent(outcome.sharePpm)}</td>
    <td class="n" data-label="confidence">${outcome === undefined ? "–" : percent(outcome.confidencePpm)}</td>
    <td class="n" data-label="votes">${outcome === undefined ? "–" : votesFor(outcome)}</td>
  </tr> `;

const votesFor = ({ ballots, option }: Outcome): string =>
  `${ballots.filter((ballot) => ballot.status === "counted" && option !== null && isFor(ballot, option)).length} of ${ballots.length}`;

/** Only where a step decides more than once: what it decided alone stands below in full. */
const gatheredTable = (groups: readonly GatheredDecisions[]): Markup =>
  groups.every(({ count }) => count === 1)
    ? nothing
    : html`<table class="cards">
          <thead>
            <tr>
              <th>step</th>
              <th class="n">decisions</th>
              <th class="n">settled</th>
              <th class="n">not settled</th>
              <th class="n">open</th>
              <th class="n">median confidence</th>
              <th class="wide">outcomes</th>
            </tr>
          </thead>
          <tbody>
            ${groups
              .slice(0, gatheredAtMost)
              .map(({ address, count, settled, unsettled, open, medianConfidencePpm, options }) => {
                let from = 0;
                const parts = options.map(({ option, count: times }, at) => {
                  const x = from;
                  from += times / Math.max(1, count);
                  return html`<rect
                    class="o${Math.min(at, 5)}"
                    x="${percentAt(x)}"
                    width="${percentAt(times / Math.max(1, count))}"
                    height="10"
                    ><title>${`${lineOf(option, 60)}: ${countText(times)}`}</title></rect
                  >`;
                });
                const words = options
                  .slice(0, 5)
                  .map(({ option, count: times }) => `${lineOf(option, 24)} ${countText(times)}`);
                return html`<tr>
                  <th scope="row">${lineOf(address, 60)}</th>
                  <td class="n" data-label="decisions">${countText(count)}</td>
                  <td class="n" data-label="settled">${countText(settled)}</td>
                  <td class="n" data-label="not settled">${countText(unsettled)}</td>
                  <td class="n" data-label="open">${countText(open)}</td>
                  <td class="n" data-label="median confidence">
                    ${settled + unsettled === 0 ? "–" : percent(medianConfidencePpm)}
                  </td>
                  <td class="wide" data-label="outcomes">
                    <svg class="meter" height="10" aria-hidden="true">${parts}</svg
                    ><small>${words.join(" · ")}</small>
                  </td>
                </tr> `;
              })}
          </tbody>
        </table>
        ${groups.length > gatheredAtMost ? html`<p class="left-out">${countOf(groups.length - gatheredAtMost, "more step")} left out.</p>` : nothing}`;

const glossary = html`<details>
  <summary>What the numbers mean</summary>
  <dl class="sums">
    <dt>says</dt>
    <dd>how sure the voter said it is</dd>
    <dt>calibrated</dt>
    <dd>how often it was right when it was as sure, by what was known of it when the run began</dd>
    <dt>ability</dt>
    <dd>how often it is right in the domain of the decision</dd>
    <dt>trust</dt>
    <dd>whether it answers, keeps to the protocol, and is known at all; ability is not in it</dd>
    <dt>penalty</dt>
    <dd>less weight for who is behind the best of the electorate in ability</dd>
    <dt>weight</dt>
    <dd>
      what its ballot counts in the ranking: millionths of a nat (a unit of evidence), or 1,000,000 a head
      where heads count
    </dd>
    <dt>in the share</dt>
    <dd>the weight after the caps: nobody counts for more than its cap, or than all others together</dd>
    <dt>share</dt>
    <dd>the winner's part of the capped weight; not a probability</dd>
    <dt>confidence</dt>
    <dd>
      of the team in the winner, scaled down since voters err alike; calibrated once truths have taught it
    </dd>
    <dt>gates</dt>
    <dd>conditions of settling, looked at in this order up to the first that is shut</dd>
  </dl>
</details> `;
