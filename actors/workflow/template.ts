import type { Json } from "../../coordination/protocol/json.ts";
import { evaluate } from "./expression/evaluate.ts";
import type { Scope } from "./expression/evaluate.ts";
import { textOf } from "./expression/values.ts";
import type { ValueTemplate } from "./plan.ts";
import { MAX_OUTPUT_CHARS, TemplateError, inTemplate, throwFlaw } from "./template/error.ts";
import { scan } from "./template/scan.ts";
import type { Piece, Placed } from "./template/scan.ts";

export { TemplateError } from "./template/error.ts";

/** A string with `${{ expression }}` in it, read. */
export type ParsedTemplate =
  /** The whole string is one expression: its value is of any type. */
  ({ readonly type: "value" } & Placed) | { readonly type: "text"; readonly pieces: readonly Piece[] };

/** A structure of read templates. */
export type ParsedValue =
  | { readonly type: "constant"; readonly value: number | boolean | null }
  | { readonly type: "template"; readonly template: ParsedTemplate }
  | { readonly type: "list"; readonly items: readonly ParsedValue[] }
  | { readonly type: "object"; readonly members: readonly (readonly [string, ParsedValue])[] };

/** Throws `TemplateError` with the place of the first mistake, unless `onFlaw` takes it. */
export const parseTemplate = (text: string, onFlaw = throwFlaw): ParsedTemplate => {
  const pieces = scan(text, { tags: false, onFlaw });
  const solid = pieces.filter((piece) => piece.type !== "text" || piece.text.trim() !== "");
  const [only] = solid;
  return solid.length === 1 && only?.type === "value"
    ? { type: "value", expression: only.expression, offset: only.offset }
    : { type: "text", pieces };
};

/** The value of a template. Throws `TemplateError` where values have the wrong type or the text grows too long. */
export const renderTemplate = (template: ParsedTemplate, scope: Scope): Json => {
  if (template.type === "value")
    return inTemplate(template.offset, () => evaluate(template.expression, scope));
  const out = textSink();
  for (const piece of template.pieces) writePiece(piece, scope, out);
  return out.text();
};

/** As renderTemplate, but always text: what a prompt or a question is made of. */
export const renderText = (template: ParsedTemplate, scope: Scope): string =>
  textOf(renderTemplate(template, scope));

export const parseValue = (value: ValueTemplate): ParsedValue => {
  if (typeof value === "string") return { type: "template", template: parseTemplate(value) };
  if (value === null || typeof value === "number" || typeof value === "boolean")
    return { type: "constant", value };
  if (isListTemplate(value)) return { type: "list", items: value.map(parseValue) };
  return { type: "object", members: Object.entries(value).map(([key, member]) => [key, parseValue(member)]) };
};

export const renderValue = (value: ParsedValue, scope: Scope): Json => {
  switch (value.type) {
    case "constant":
      return value.value;
    case "template":
      return renderTemplate(value.template, scope);
    case "list":
      return value.items.map((item) => renderValue(item, scope));
    case "object":
      // `fromEntries` defines members, so a hostile key can not reach a setter.
      return Object.fromEntries(value.members.map(([key, member]) => [key, renderValue(member, scope)]));
  }
};

/** Collects text up to the bound. */
export type TextSink = { write(text: string, offset: number): void; text(): string };

export const textSink = (): TextSink => {
  const parts: string[] = [];
  let chars = 0;
  return {
    write(text, offset) {
      chars += text.length;
      if (chars > MAX_OUTPUT_CHARS)
        throw new TemplateError(`the text would be longer than ${MAX_OUTPUT_CHARS} characters`, {
          offset,
          length: 1,
        });
      parts.push(text);
    },
    text: () => parts.join(""),
  };
};

/** Writes text and values; a tag writes nothing. */
export const writePiece = (piece: Piece, scope: Scope, out: TextSink): void => {
  if (piece.type === "text") out.write(piece.text, piece.offset);
  if (piece.type === "value")
    out.write(textOf(inTemplate(piece.offset, () => evaluate(piece.expression, scope))), piece.offset);
};

/** Every expression of a template with its place: for checks before a run. */
export const expressionsOf = (template: ParsedTemplate): readonly Placed[] => {
  if (template.type === "value") return [template];
  return template.pieces.filter((piece) => piece.type === "value");
};

const isListTemplate = (value: ValueTemplate): value is readonly ValueTemplate[] => Array.isArray(value);
