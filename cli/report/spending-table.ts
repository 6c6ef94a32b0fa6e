import type { Account } from "../../observability/spending.ts";
import { costWords } from "../view/spending-text.ts";
import { countOf, countText } from "../count-text.ts";
import { html, lineOf, nothing, type Markup } from "./markup.ts";

const agentsAtMost = 60;

/** What the calls of each agent took, those that took most first. */
export const spendingTable = ({ agents }: Account): Markup => {
  if (agents.size === 0) return nothing;
  const most = [...agents].toSorted(([, a], [, b]) => tokensOf(b) - tokensOf(a));
  return html`<h3>What agents took</h3>
    <table class="cards">
      <thead>
        <tr>
          <th>agent</th>
          <th class="n">calls</th>
          <th class="n">failed tries</th>
          <th class="n">tokens in</th>
          <th class="n">tokens out</th>
          <th class="n">cost</th>
        </tr>
      </thead>
      <tbody>
        ${most.slice(0, agentsAtMost).map(
          ([agent, spent]) =>
            html`<tr>
              <th scope="row">${lineOf(agent, 60)}</th>
              <td class="n" data-label="calls">${countText(spent.calls)}</td>
              <td class="n" data-label="failed tries">${countText(spent.failedTries)}</td>
              <td class="n" data-label="tokens in">${countText(spent.promptTokens)}</td>
              <td class="n" data-label="tokens out">${countText(spent.outputTokens)}</td>
              <td class="n" data-label="cost">${costWords(spent)}</td>
            </tr> `,
        )}
      </tbody>
    </table>
    ${agents.size > agentsAtMost ? html`<p class="left-out">${countOf(agents.size - agentsAtMost, "more agent")} left out.</p>` : nothing}`;
};

const tokensOf = ({
  promptTokens,
  outputTokens,
}: {
  readonly promptTokens: number;
  readonly outputTokens: number;
}): number => promptTokens + outputTokens;
