import type { Expression } from "../expression/expression.ts";
import { parseExpression } from "../expression/parse.ts";
import { MAX_TEMPLATE_CHARS, TemplateError, inTemplate } from "./error.ts";
import type { OnFlaw } from "./error.ts";

/** An expression and where its text begins in the template. */
export type Placed = { readonly expression: Expression; readonly offset: number };

/** A stretch of a template: plain text, `${{ expression }}` or, where they are asked for, `{% tag %}`. */
export type Piece =
  | { readonly type: "text"; readonly text: string; readonly offset: number }
  | ({ readonly type: "value" } & Placed)
  | {
      readonly type: "tag";
      readonly text: string;
      readonly textOffset: number;
      readonly offset: number;
      readonly end: number;
    };

/** Cuts a template into pieces in one pass. Tags are plain text unless `tags` is set. */
export const scan = (
  template: string,
  { tags, onFlaw }: { readonly tags: boolean; readonly onFlaw: OnFlaw },
): readonly Piece[] => {
  if (template.length > MAX_TEMPLATE_CHARS) {
    const message = `a template has at most ${MAX_TEMPLATE_CHARS} characters`;
    onFlaw(new TemplateError(message, { offset: 0, length: 1 }));
    return [];
  }
  const opening = tags ? /\$\{\{|\{%/g : /\$\{\{/g;
  const pieces: Piece[] = [];
  let done = 0;
  for (let found = opening.exec(template); found !== null; found = opening.exec(template)) {
    const open = found[0];
    if (found.index > done)
      pieces.push({ type: "text", text: template.slice(done, found.index), offset: done });
    const start = found.index + open.length;
    const close = open === "{%" ? "%}" : "}}";
    const stop = findClose(template, start, close);
    if (typeof stop !== "number") {
      onFlaw(new TemplateError(stop.message, { offset: found.index, length: open.length }));
      return pieces;
    }
    pieces.push(
      open === "{%"
        ? tagAt(template, found.index, start, stop)
        : { type: "value", ...readExpression(template.slice(start, stop), start, onFlaw) },
    );
    done = stop + close.length;
    opening.lastIndex = done;
  }
  if (done < template.length) pieces.push({ type: "text", text: template.slice(done), offset: done });
  return pieces;
};

const tagAt = (template: string, offset: number, start: number, stop: number): Piece => {
  const inner = template.slice(start, stop);
  const lead = inner.length - inner.trimStart().length;
  return { type: "tag", text: inner.trim(), textOffset: start + lead, offset, end: stop + 2 };
};

/** Reads an expression whose text begins at `offset` of a template. One with a flaw that is not thrown becomes null. */
export const readExpression = (text: string, offset: number, onFlaw: OnFlaw): Placed => {
  try {
    return { expression: inTemplate(offset, () => parseExpression(text)), offset };
  } catch (cause) {
    if (!(cause instanceof TemplateError)) throw cause;
    onFlaw(cause);
    return { expression: { type: "literal", value: null, offset: 0, length: text.length }, offset };
  }
};

/** Where the tag ends, or why it does not; strings inside it are stepped over, since they may hold the closing sign. */
const findClose = (template: string, start: number, close: string): number | { readonly message: string } => {
  let quote: string | undefined;
  for (let place = start; place < template.length; place += 1) {
    const character = template.charAt(place);
    if (quote === undefined) {
      if (template.startsWith(close, place)) return place;
      if (character === "'" || character === '"') quote = character;
    } else if (character === "\\") {
      place += 1;
    } else if (character === quote) {
      quote = undefined;
    }
  }
  return {
    message: `this does not end: ${close} is missing${quote === undefined ? "" : `, or a closing ${quote}`}`,
  };
};
