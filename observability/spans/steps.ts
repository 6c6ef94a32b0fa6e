import { names } from "../attributes.ts";
import type { SpanRef } from "../span.ts";
import { fail, link, tell, type OpenSpan, type SpanBook } from "./book.ts";
import { addressOf, type TracedPlan } from "./plan.ts";

type OpenStep = {
  readonly span: OpenSpan;
  readonly path: string;
  /** Steps right inside it that are open. */
  inside: number;
  outcome: string;
  /** Of an item of a map: spans of the steps that have begun in it, by their addresses. Later ones may have read them. */
  readonly begun: Map<string, SpanRef> | undefined;
};

/**
 * The steps of a run. Rows name only those that ask or decide; what is around them (a map, its items, parallel branches) begins with
 * the first and ends with the last. A workflow goes on within a turn until it has to wait, so after each of its turns whatever has nothing
 * open inside is over.
 */
export const stepSpans = (book: SpanBook, plan: TracedPlan, root: OpenSpan) => {
  const open = new Map<string, OpenStep>();
  const begunAtTop = new Map<string, SpanRef>();
  const quiet = new Set<string>();

  const around = (path: string, atUs: number): OpenStep | undefined => {
    const parent = parentOf(path);
    return parent === "" ? undefined : (open.get(parent) ?? begin(parent, atUs));
  };

  const begin = (path: string, atUs: number, kind?: string): OpenStep => {
    const parent = around(path, atUs);
    const address = addressOf(path);
    const planned = plan.steps.get(address);
    const isItem = path.endsWith("]");
    const span = book.open({
      unit: "step",
      id: book.id(`step ${path}`),
      name: `step ${isItem ? `${address}[]` : address}`,
      parent: parent?.span ?? root,
      atUs,
      attributes: {
        [names.stepId]: address,
        [names.stepPath]: path,
        [names.stepKind]: isItem ? "item" : (kind ?? planned?.kind ?? "steps"),
        [names.stepAttempt]: 1,
      },
    });
    for (const read of isItem ? [] : (planned?.reads ?? [])) {
      const earlier = lookUp(path, read);
      if (earlier !== undefined) link(span, earlier, "depends_on");
    }
    // A parallel step is over before its branches are read: they are kept where it stands.
    if (!isItem) begunIn(itemAround(path))?.set(address, { spanId: span.spanId });
    if (parent !== undefined) parent.inside += 1;
    const begun = isItem ? new Map<string, SpanRef>() : undefined;
    const step = { span, path, inside: 0, outcome: "done", begun };
    open.set(path, step);
    return step;
  };

  const begunIn = (item: string): Map<string, SpanRef> | undefined =>
    item === "" ? begunAtTop : open.get(item)?.begun;

  /** The span of the step at an address, as seen from a path: within the same items. */
  const lookUp = (path: string, address: string): SpanRef | undefined => {
    for (let item = itemAround(path); ; item = itemAround(parentOf(item))) {
      const found = begunIn(item)?.get(address);
      if (found !== undefined || item === "") return found;
    }
  };

  const end = (step: OpenStep, atUs: number): void => {
    step.span.attributes[names.stepOutcome] = step.outcome;
    book.close(step.span, atUs);
    open.delete(step.path);
    const parent = parentOf(step.path);
    const outer = open.get(parent);
    if (outer === undefined) return;
    outer.inside -= 1;
    quiet.add(parent);
  };

  return {
    begin: (path: string, atUs: number, kind: string): SpanRef =>
      (open.get(path) ?? begin(path, atUs, kind)).span,
    /** The span of the step, or of the nearest around it that is open. */
    at: (path: string): SpanRef => {
      for (let scope = path; scope !== ""; scope = parentOf(scope)) {
        const step = open.get(scope);
        if (step !== undefined) return step.span;
      }
      return root;
    },
    kindOf: (path: string) => open.get(path)?.span.attributes[names.stepKind],
    tell: (path: string, event: string, atUs: number, reason: string): void => {
      const step = open.get(path);
      if (step !== undefined) tell(step.span, event, atUs, { [names.reason]: reason });
    },
    /** What a step has come to, once it ends. */
    comeTo: (path: string, outcome: string): void => {
      const step = open.get(path);
      if (step !== undefined) step.outcome = outcome;
    },
    end: (path: string, atUs: number): void => {
      const step = open.get(path);
      if (step !== undefined) end(step, atUs);
    },
    /** A step failed, and with it all that is around it. */
    fail: (path: string, atUs: number, code: string, message: string): void => {
      const failed = open.get(path);
      if (failed === undefined) return;
      for (
        let step: OpenStep | undefined = failed;
        step !== undefined;
        step = open.get(parentOf(step.path))
      ) {
        step.outcome = "failed";
        fail(step.span, code, message);
      }
      end(failed, atUs);
    },
    /** After a turn of the workflow: ends all that waits for nothing. */
    settle: (atUs: number): void => {
      for (const path of quiet) {
        quiet.delete(path);
        const step = open.get(path);
        if (step !== undefined && step.inside === 0) end(step, atUs);
      }
    },
  };
};

export type StepSpans = ReturnType<typeof stepSpans>;

/** Around `triage[17]/both/severity` is the item `triage[17]`, around that the workflow, `""`; an item is its own. */
const itemAround = (path: string): string => path.slice(0, path.lastIndexOf("]") + 1);

/** Around `triage[17]/severity` is `triage[17]`, around that `triage`, around that the workflow, `""`. */
const parentOf = (path: string): string => {
  const slash = path.lastIndexOf("/");
  const bracket = path.endsWith("]") ? path.lastIndexOf("[") : -1;
  return path.slice(0, Math.max(0, Math.max(slash, bracket)));
};
