import { names } from "../attributes.ts";
import { openOutcomes, type Fate } from "../fate.ts";
import type { AttributeValue, Span } from "../span.ts";

export type BarUnit = "run" | "step" | "agent" | "wait" | "inference" | "tool" | "decision";

/** What a timeline needs of a span. A hundred thousand rows leave some forty thousand of these. Times in microseconds since 1970. */
export type Bar = {
  readonly id: string;
  readonly parent: string | undefined;
  readonly unit: BarUnit;
  /** The same for all that are gathered in one lane: the step's id, `[]` for the items of a map, the agent, the model that is asked or waited for, the program. */
  readonly label: string;
  /** The path of the step that it belongs to; empty for a call of a model and for a program: what is around them says it. */
  readonly path: string;
  readonly startUs: number;
  readonly endUs: number;
  /** Why it failed. */
  readonly failure: string | undefined;
  /** It was still at work when the record ended, or a run that no longer waited for it. */
  readonly unfinished: boolean;
};

export const fateOfBar = ({ failure, unfinished }: Bar): Fate => {
  if (failure !== undefined) return "failed";
  return unfinished ? "cut off" : "ended";
};

/** The bar of a span; `undefined` for what a timeline does not show. */
export const barOf = (span: Span): Bar | undefined => {
  const { unit, attributes, spanId, parentSpanId, startUs, status } = span;
  const base = {
    id: spanId,
    parent: parentSpanId,
    startUs,
    endUs: span.endUs,
    failure: status.type === "error" ? status.message : undefined,
    unfinished: attributes[names.unfinished] === true,
  };
  switch (unit) {
    case "run":
      return { ...base, unit, label: word(attributes[names.genAiWorkflow]), path: "" };
    case "step": {
      const path = word(attributes[names.stepPath]);
      const unfinished = openOutcomes.has(attributes[names.stepOutcome]);
      return { ...base, unit, label: path.endsWith("]") ? "[]" : idOf(path), path, unfinished };
    }
    case "agent": {
      const path = word(attributes[names.stepPath]);
      const doneUs = doneAtUs(span);
      const unfinished = base.unfinished && doneUs === undefined;
      const endUs = doneUs ?? span.endUs;
      return { ...base, unit, label: word(attributes[names.genAiAgentName]), path, endUs, unfinished };
    }
    case "inference":
      return { ...base, unit, label: word(attributes[names.genAiRequestModel]), path: "" };
    case "tool":
      return { ...base, unit, label: word(attributes[names.genAiToolName]), path: "" };
    case "lease.wait":
      return { ...base, unit: "wait", label: word(attributes[names.leaseModel]), path: "" };
    case "decision":
      return { ...base, unit, label: "decision", path: word(attributes[names.decisionId]) };
    default:
      return undefined;
  }
};

/** A voter that has voted waits to hear the outcome, and works on nothing: its last change of state tells when it was done. */
const doneAtUs = ({ events }: Span): number | undefined => {
  const last = events.findLast(({ name }) => name === "state");
  const isDone = last !== undefined && !busyStates.has(word(last.attributes[names.agentState]));
  return isDone ? last.atUs : undefined;
};

const busyStates: ReadonlySet<string> = new Set(["thinking", "deliberating"]);

const idOf = (path: string): string => path.slice(path.lastIndexOf("/") + 1);

const word = (value: AttributeValue | undefined): string => (typeof value === "string" ? value : "");
