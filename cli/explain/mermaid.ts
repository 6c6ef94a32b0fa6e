import { countText } from "../count-text.ts";
import { isFor } from "../../coordination/protocol/dissent.ts";
import { escapeLabel } from "../plan/mermaid.ts";
import { lineOf } from "../report/markup.ts";
import { conductWords } from "./weight-text.ts";
import type { Explanation, ExplainedBallot } from "./explanation.ts";
import { percent } from "./gates.ts";

/**
 * The decision as a Mermaid flowchart: who voted for what with which weight, then the gates that the leading option went through. Labels
 * are escaped, so no name, option or reason can break the diagram or put HTML into its page.
 */
export const explanationMermaid = ({ opened, outcome, ballots, gates }: Explanation): string => {
  const options = outcome.tally.map(({ option }) => option);
  const lines = [`  q(["${labelOf(opened.decision, opened.question)}"])`];
  for (const [at, ballot] of ballots.entries()) {
    lines.push(`  v${at}["${labelOf(ballot.voter, ...saysOf(ballot))}"]`, `  q --> v${at}`);
    for (const [to, option] of options.entries())
      if (ballot.status === "counted" && isFor(ballot, option))
        lines.push(`  v${at} -->|"${escapeLabel(countText(ballot.weight))}"| o${to}`);
  }
  for (const [at, { option, weight, heads }] of outcome.tally.entries())
    lines.push(`  o${at}["${labelOf(option, `weight ${countText(weight)}, heads ${heads}`)}"]`);
  for (const [at, { gate, has, needs, passed }] of gates.entries()) {
    lines.push(`  g${at}{"${labelOf(gate, `has ${has}`, `needs ${needs}`)}"}`);
    const next = passed && at < gates.length - 1 ? `g${at + 1}` : "end0";
    lines.push(`  g${at} -->|"${passed ? "yes" : "no"}"| ${next}`);
  }
  const [gate] = gates;
  for (const at of options.keys()) lines.push(`  o${at} --> ${gate === undefined ? "end0" : "g0"}`);
  const { settled, option, reason, ruling, sharePpm, confidencePpm } = outcome;
  const votes = ruling === undefined ? "" : `the votes: ${ruling.recommended ?? "nobody leads"}, `;
  const numbers = `${votes}share ${percent(sharePpm)}, confidence ${percent(confidencePpm)}`;
  const ruler = ruling?.judge ?? "a person";
  const end = !settled
    ? `not settled, ${reason ?? ""}`
    : `${ruling === undefined ? "settled on" : `${ruler} ruled`} ${option ?? ""}`;
  const recommends = settled || option === null ? [] : [`recommends ${option}`];
  lines.push(`  end0(["${labelOf(end, ...recommends, numbers)}"])`);
  return `flowchart TD\n${lines.join("\n")}\n`;
};

const saysOf = ({ status, option, confidencePpm, conduct }: ExplainedBallot): readonly string[] =>
  status === "counted"
    ? [confidencePpm === null ? (option ?? "") : `${option ?? ""}, ${percent(confidencePpm)} sure`]
    : [conductWords[conduct] ?? status];

const longest = 80;

const labelOf = (...texts: readonly string[]): string =>
  texts.map((text) => escapeLabel(lineOf(text, longest))).join("<br/>");
