import { innerSteps } from "../../actors/workflow/outline.ts";
import type { PlanStep } from "../../actors/workflow/plan.ts";
import { printable } from "../output.ts";
import { describeStep } from "./describe-step.ts";

/**
 * The steps as a Mermaid flowchart. Nodes are numbered and labels are escaped, so no name of a task can break the
 * diagram, add to it, or put HTML into the page that shows it.
 */
export const mermaidOf = (steps: readonly PlanStep[], outputs: readonly string[]): string => {
  const lines: string[] = ["flowchart TD"];
  let nodes = 0;

  const draw = (siblings: readonly PlanStep[], indent: string, isSequence: boolean): readonly string[] => {
    const ids = siblings.map((step) => {
      const id = `n${nodes++}`;
      const inner = innerSteps(step);
      if (inner.length === 0) lines.push(`${indent}${id}${shapeOf(step)}`);
      else {
        lines.push(`${indent}subgraph ${id}["${labelOf(step)}"]`);
        draw(inner, `${indent}  `, step.type !== "parallel");
        lines.push(`${indent}end`);
      }
      return id;
    });
    if (isSequence)
      for (const [index, id] of ids.slice(1).entries()) lines.push(`${indent}${ids[index] ?? ""} --> ${id}`);
    return ids;
  };

  const last = draw(steps, "  ", true).at(-1);
  for (const [index, name] of outputs.entries()) {
    lines.push(`  o${index}(["${escapeLabel(name)}"])`);
    if (last !== undefined) lines.push(`  ${last} --> o${index}`);
  }
  return `${lines.join("\n")}\n`;
};

const shapeOf = (step: PlanStep): string => {
  const label = labelOf(step);
  switch (step.type) {
    case "decide":
      return `{{"${label}"}}`;
    case "group":
      return `[/"${label}"/]`;
    default:
      return `["${label}"]`;
  }
};

const labelOf = (step: PlanStep): string => {
  const { id, kind, what, notes } = describeStep(step);
  return [id, `${kind} ${what}`, ...notes].map(escapeLabel).join("<br/>");
};

/**
 * Letters, digits, blanks and commas stay; everything else becomes a character code, which Mermaid shows as the character. So what a reader
 * would not see is spelt out before: a code would bring it back.
 */
export const escapeLabel = (text: string): string =>
  printable(text).replace(/[^A-Za-z0-9 ,]/gu, (character) => `#${character.codePointAt(0)};`);
