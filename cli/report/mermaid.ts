import { escapeLabel } from "../plan/mermaid.ts";
import type { ConversationMap } from "./conversation-map.ts";
import { countText } from "../count-text.ts";
import { lineOf } from "./markup.ts";

/**
 * The messages of a run as a Mermaid sequence diagram. Participants are numbered and all words are escaped, so no name of a task can break the
 * diagram, add to it, or put HTML into the page that shows it.
 */
export const sequenceMermaid = ({ speakers, exchanges, left }: ConversationMap): string => {
  const ids = new Map(speakers.map((name, at) => [name, `p${at}`]));
  const lines = speakers.map((name, at) => `  participant p${at} as ${labelOf(name)}`);
  const all = `p0${speakers.length > 1 ? `,p${speakers.length - 1}` : ""}`;
  for (const { address, arrows } of exchanges) {
    lines.push(`  Note over ${all}: ${labelOf(address === "" ? "the run" : address)}`);
    for (const { from, to, what, count } of arrows) {
      const times = count > 1 ? ` ×${countText(count)}` : "";
      const line = what.endsWith("failed") ? "--x" : "->>";
      lines.push(`  ${ids.get(from) ?? ""}${line}${ids.get(to) ?? ""}: ${labelOf(`${what}${times}`)}`);
    }
  }
  if (left > 0) lines.push(`  Note over ${all}: ${labelOf(`${countText(left)} more kinds of message`)}`);
  return `sequenceDiagram\n${lines.join("\n")}\n`;
};

/** Never empty, which Mermaid would not take. */
const labelOf = (text: string): string => escapeLabel(lineOf(text, 80)) || "#32;";
