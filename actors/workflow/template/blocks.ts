import { TemplateError } from "./error.ts";
import type { OnFlaw } from "./error.ts";
import { readExpression } from "./scan.ts";
import type { Piece, Placed } from "./scan.ts";

/** The structure of a Markdown template. */
export type Block =
  | { readonly type: "piece"; readonly piece: Piece }
  | { readonly type: "for"; readonly name: string; readonly over: Placed; readonly body: readonly Block[] }
  | {
      readonly type: "if";
      readonly branches: readonly { readonly test: Placed; readonly body: readonly Block[] }[];
      readonly otherwise: readonly Block[];
    };

type Tag = Extract<Piece, { type: "tag" }>;

export const MAX_BLOCK_DEPTH = 16;
/** Names that an item of a loop cannot take. */
const RESERVED = new Set(["loop", "true", "false", "null", "in"]);
const FOR = /^for\s+([A-Za-z_]\w*)\s+in\s+/;
const WORDS = /^(?:for|if|elif|else|endfor|endif)\b/;

/** Gives pieces the structure that their tags say. Throws what is wrong with that; `onFlaw` hears of their expressions. */
export const readBlocks = (template: string, pieces: readonly Piece[], onFlaw: OnFlaw): readonly Block[] => {
  const reader = { pieces: dropTagLines(template, pieces), onFlaw, place: 0 };
  const blocks = readUntil(reader, [], 0);
  const stray = reader.pieces[reader.place];
  if (stray?.type === "tag")
    throw new TemplateError(`{% ${wordOf(stray)} %} has nothing to end or continue here`, spanOf(stray));
  return blocks;
};

type Reader = { readonly pieces: readonly Piece[]; readonly onFlaw: OnFlaw; place: number };

/** Reads up to a tag that starts with one of `words`, which is left for the caller. */
const readUntil = (reader: Reader, words: readonly string[], depth: number): readonly Block[] => {
  const blocks: Block[] = [];
  for (;;) {
    const piece = reader.pieces[reader.place];
    if (piece === undefined) return blocks;
    if (piece.type !== "tag") {
      reader.place += 1;
      blocks.push({ type: "piece", piece });
      continue;
    }
    const word = wordOf(piece);
    if (words.includes(word) || (word !== "for" && word !== "if")) return blocks;
    if (depth >= MAX_BLOCK_DEPTH)
      throw new TemplateError(`blocks are nested at most ${MAX_BLOCK_DEPTH} deep`, spanOf(piece));
    reader.place += 1;
    blocks.push(word === "for" ? readFor(reader, piece, depth) : readIf(reader, piece, depth));
  }
};

const readFor = (reader: Reader, tag: Tag, depth: number): Block => {
  const head = FOR.exec(tag.text);
  const name = head?.[1];
  if (head === null || name === undefined)
    throw new TemplateError("write {% for NAME in LIST %}", spanOf(tag));
  if (RESERVED.has(name)) throw new TemplateError(`an item cannot be called \`${name}\``, spanOf(tag));
  const over = expressionAt(reader, tag, head[0].length);
  const body = readUntil(reader, ["endfor"], depth + 1);
  takeEnd(reader, "endfor", tag);
  return { type: "for", name, over, body };
};

const readIf = (reader: Reader, tag: Tag, depth: number): Block => {
  const branches = [
    { test: testOf(reader, tag), body: readUntil(reader, ["elif", "else", "endif"], depth + 1) },
  ];
  let otherwise: readonly Block[] = [];
  for (
    let next = reader.pieces[reader.place];
    next?.type === "tag" && wordOf(next) === "elif";
    next = reader.pieces[reader.place]
  ) {
    reader.place += 1;
    branches.push({
      test: testOf(reader, next),
      body: readUntil(reader, ["elif", "else", "endif"], depth + 1),
    });
  }
  const next = reader.pieces[reader.place];
  if (next?.type === "tag" && next.text === "else") {
    reader.place += 1;
    otherwise = readUntil(reader, ["endif"], depth + 1);
  }
  takeEnd(reader, "endif", tag);
  return { type: "if", branches, otherwise };
};

const takeEnd = (reader: Reader, word: string, opened: Tag): void => {
  const piece = reader.pieces[reader.place];
  if (piece === undefined) throw new TemplateError(`{% ${word} %} is missing for this`, spanOf(opened));
  if (piece.type !== "tag" || piece.text !== word) {
    throw new TemplateError(
      `expected {% ${word} %} here`,
      piece.type === "tag" ? spanOf(piece) : spanOf(opened),
    );
  }
  reader.place += 1;
};

const testOf = (reader: Reader, tag: Tag): Placed => expressionAt(reader, tag, wordOf(tag).length);

const expressionAt = ({ onFlaw }: Reader, tag: Tag, from: number): Placed =>
  readExpression(tag.text.slice(from), tag.textOffset + from, onFlaw);

const wordOf = (tag: Tag): string => {
  const word = WORDS.exec(tag.text)?.[0];
  if (word === undefined)
    throw new TemplateError("unknown tag; known are for, endfor, if, elif, else and endif", spanOf(tag));
  return word;
};

const spanOf = (tag: Tag): { readonly offset: number; readonly length: number } => ({
  offset: tag.offset,
  length: tag.end - tag.offset,
});

/** Takes away the white space around tags that stand alone on their line, and the line's end. */
const dropTagLines = (template: string, pieces: readonly Piece[]): readonly Piece[] => {
  const texts = pieces.map((piece) => (piece.type === "text" ? piece.text : ""));
  for (const [place, piece] of pieces.entries()) {
    if (piece.type !== "tag") continue;
    const before = pieces[place - 1];
    const after = pieces[place + 1];
    const lead = /(?:^|\n)([ \t]*)$/.exec(
      before === undefined ? "" : before.type === "text" ? before.text.slice(-MAX_INDENT) : "x",
    )?.[1];
    const tail = /^[ \t]*(?:\r?\n|$)/.exec(
      after === undefined ? "" : after.type === "text" ? after.text : "x",
    )?.[0];
    if (lead === undefined || tail === undefined || !startsLine(template, piece.offset - lead.length))
      continue;
    if (after !== undefined && !tail.endsWith("\n") && place + 2 < pieces.length) continue;
    if (before !== undefined)
      texts[place - 1] = (texts[place - 1] ?? "").slice(0, (texts[place - 1] ?? "").length - lead.length);
    if (after !== undefined) texts[place + 1] = (after.type === "text" ? after.text : "").slice(tail.length);
  }
  return pieces.flatMap((piece, place): readonly Piece[] => {
    if (piece.type !== "text") return [piece];
    const text = texts[place] ?? "";
    return text === "" ? [] : [{ ...piece, text }];
  });
};

const MAX_INDENT = 256;

const startsLine = (template: string, offset: number): boolean =>
  offset === 0 || template.charAt(offset - 1) === "\n";
