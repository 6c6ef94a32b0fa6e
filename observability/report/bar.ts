import { names } from "../attributes.ts";
import { fateOf, type Fate } from "../fate.ts";
import type { AttributeValue, Span } from "../span.ts";

export type BarUnit = "run" | "step" | "agent" | "wait" | "inference" | "decision";

/** What a timeline needs of a span. A hundred thousand rows leave some forty thousand of these. Times in microseconds since 1970. */
export type Bar = {
  readonly id: string;
  readonly parent: string | undefined;
  readonly unit: BarUnit;
  /** The same for all that are gathered in one lane: the step's id, `[]` for the items of a map, the agent, the model that is asked or waited for. */
  readonly label: string;
  /** The path of the step that it belongs to; empty for a call of a model, whose agent says it. */
  readonly path: string;
  readonly startUs: number;
  readonly endUs: number;
  readonly fate: Fate;
  /** Why it failed. */
  readonly failure: string | undefined;
};

/** The bar of a span; `undefined` for what a timeline does not show. */
export const barOf = (span: Span): Bar | undefined => {
  const { unit, attributes, spanId, parentSpanId, startUs, status } = span;
  const base = {
    id: spanId,
    parent: parentSpanId,
    startUs,
    endUs: span.endUs,
    fate: fateOf(span),
    failure: status.type === "error" ? status.message : undefined,
  };
  switch (unit) {
    case "run":
      return { ...base, unit, label: word(attributes[names.genAiWorkflow]), path: "" };
    case "step": {
      const path = word(attributes[names.stepPath]);
      return { ...base, unit, label: path.endsWith("]") ? "[]" : idOf(path), path };
    }
    case "agent": {
      const path = word(attributes[names.stepPath]);
      return { ...base, unit, label: word(attributes[names.genAiAgentName]), path, endUs: workedUntil(span) };
    }
    case "inference":
      return { ...base, unit, label: word(attributes[names.genAiRequestModel]), path: "" };
    case "lease.wait":
      return { ...base, unit: "wait", label: word(attributes[names.leaseModel]), path: "" };
    case "decision":
      return { ...base, unit, label: "decision", path: word(attributes[names.decisionId]) };
    default:
      return undefined;
  }
};

/** A voter that has voted waits to hear the outcome, and works on nothing: its last change of state tells when it was done. */
const workedUntil = ({ events, endUs }: Span): number => {
  const last = events.findLast(({ name }) => name === "state");
  const isDone = last !== undefined && !busyStates.has(word(last.attributes[names.agentState]));
  return isDone ? last.atUs : endUs;
};

const busyStates: ReadonlySet<string> = new Set(["thinking", "deliberating"]);

const idOf = (path: string): string => path.slice(path.lastIndexOf("/") + 1);

const word = (value: AttributeValue | undefined): string => (typeof value === "string" ? value : "");
