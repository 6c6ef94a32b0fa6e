import { effectId } from "../../coordination/protocol/ids.ts";
import type { DecidedRow } from "../../coordination/protocol/row.ts";
import { names, operations } from "../attributes.ts";
import { commandFailed, programName } from "../program-name.ts";
import type { Redact } from "../redact.ts";
import { fail, note, type OpenSpan, type SpanBook } from "./book.ts";
import type { StepSpans } from "./steps.ts";

export type ToolDeps = {
  readonly book: SpanBook;
  readonly steps: StepSpans;
  readonly redact: Redact;
  /** The same for the sentences of errors. */
  readonly explain: Redact;
  /** Whether arguments and results are told. */
  readonly content: boolean;
};

/** Programs that a task has run, from the turn that asks for one to the turn that takes its end. */
export const toolSpans = ({ book, steps, redact, explain, content }: ToolDeps) => {
  const open = new Map<string, OpenSpan>();
  return {
    turn: ({ actor, seq, input, effects, atUs }: DecidedRow): void => {
      if (input.type === "command.completed") {
        const span = open.get(input.request);
        open.delete(input.request);
        if (span !== undefined) {
          const { exit, trouble, output } = input;
          if (exit !== null) note(span, { [names.toolExit]: exit });
          if (content) note(span, { [names.genAiToolResult]: redact(output) });
          if (trouble !== undefined) fail(span, commandFailed, explain(trouble));
          book.close(span, atUs);
        }
      }
      for (const [index, effect] of effects.entries()) {
        if (effect.type !== "runCommand") continue;
        const name = programName(effect.command);
        const id = effectId(actor, seq, index);
        const span = book.open({
          unit: "tool",
          id: book.id(`tool ${id}`),
          name: `${operations.tool} ${name}`,
          parent: steps.at(effect.request),
          atUs,
          attributes: {
            [names.genAiOperation]: operations.tool,
            [names.genAiToolName]: name,
            [names.genAiToolType]: "function",
            [names.genAiToolCall]: id,
            ...(content
              ? { [names.genAiToolArguments]: JSON.stringify(effect.command.slice(1).map(redact)) }
              : {}),
          },
        });
        open.set(effect.request, span);
      }
    },
  };
};
