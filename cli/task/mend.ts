import { Scalar, isAlias, isCollection, isMap, isNode, isPair, isScalar, isSeq, visit } from "yaml";
import type { Alias, Document, Pair } from "yaml";
import type { TaskPath } from "./finding.ts";
import { MAX_ALIASES, MAX_YAML_DEPTH } from "./limits.ts";
import { clipped, spanOf } from "./syntax-flaw.ts";
import type { Span, SyntaxFlaw } from "./syntax-flaw.ts";

export type Mended = {
  readonly flaws: readonly SyntaxFlaw[];
  /** Where a value was taken out: that it is missing is no fault of its own. */
  readonly holes: readonly Span[];
  readonly dropped: readonly DroppedText[];
  /** Whether what is left can be checked further. */
  readonly isUsable: boolean;
};

/** A text in a pair that was dropped, and where it stood. */
export type DroppedText = { readonly path: TaskPath; readonly text: string };

/**
 * Takes out of a document what no task can hold, so that all the rest gets its checks: keys that come twice, that are no
 * text, merge or reach for a prototype, and aliases of nothing. Too many aliases, and nests too deep to walk, are past mending.
 */
export const mend = (document: Document.Parsed): Mended => {
  const notes: Notes = {
    flaws: [],
    holes: [],
    dropped: [],
    anchors: new Set(),
    written: anchorsIn(document),
  };
  let aliases = 0;
  let isUsable = true;
  const giveUp = (span: Span, message: string): symbol => {
    notes.flaws.push({ ...span, message });
    isUsable = false;
    return visit.BREAK;
  };
  visit(document, (_key, node, path) => {
    if (isTooDeep(path))
      return giveUp(spanOf(isPair(node) ? node.key : node), `nested more than ${MAX_YAML_DEPTH} deep`);
    if ((isScalar(node) || isCollection(node)) && node.anchor !== undefined) notes.anchors.add(node.anchor);
    if (isAlias(node)) {
      aliases += 1;
      return aliases > MAX_ALIASES
        ? giveUp(spanOf(node), `a task file uses at most ${MAX_ALIASES} aliases`)
        : withoutHollow(node, path, notes);
    }
    if (isMap(node)) node.items = soundPairs(node.items, path, notes);
    return undefined;
  });
  const { flaws, holes, dropped } = notes;
  return { flaws, holes, dropped, isUsable };
};

/** Filled during the walk. */
type Notes = {
  readonly flaws: SyntaxFlaw[];
  readonly holes: Span[];
  readonly dropped: DroppedText[];
  /** Anchors that were met so far. */
  readonly anchors: Set<string>;
  /** Where in the text each anchor stands first; some are dropped before the walk comes to them. */
  readonly written: ReadonlyMap<string, number>;
};

type Above = readonly unknown[];

const isTooDeep = (path: Above): boolean => path.length > MAX_YAML_DEPTH * 2;

const anchorsIn = (document: Document.Parsed): ReadonlyMap<string, number> => {
  const written = new Map<string, number>();
  visit(document, (_key, node, path) => {
    if (isTooDeep(path)) return visit.BREAK;
    if ((isScalar(node) || isCollection(node)) && node.anchor !== undefined && !written.has(node.anchor))
      written.set(node.anchor, spanOf(node).offset);
    return undefined;
  });
  return written;
};

/** Nothing, in the place of an alias that stands for nothing; `undefined` leaves it. */
const withoutHollow = (alias: Alias, path: Above, notes: Notes): Scalar<null> | undefined => {
  const { source } = alias;
  const isAround = path.some((outer) => isCollection(outer) && outer.anchor === source);
  if (notes.anchors.has(source) && !isAround) return undefined;
  const span = spanOf(alias);
  notes.holes.push(span);
  if (isAround) notes.flaws.push({ ...span, message: `the alias "*${clipped(source)}" would hold itself` });
  else if ((notes.written.get(source) ?? Infinity) > span.offset)
    notes.flaws.push({ ...span, message: `there is no anchor "&${clipped(source)}" before this` });
  const nothing = new Scalar(null);
  if (alias.range) nothing.range = alias.range;
  return nothing;
};

const soundPairs = (pairs: readonly Pair[], path: Above, notes: Notes): Pair[] => {
  const kept = new Map<string, Pair>();
  for (const pair of pairs) {
    const name = nameOf(pair.key);
    const first = name === undefined ? undefined : kept.get(name);
    const flaw =
      first === undefined
        ? keyFlaw(pair.key)
        : { message: `the key "${clipped(name ?? "")}" is there twice` };
    if (flaw === undefined) {
      kept.set(name ?? "", pair);
      continue;
    }
    notes.flaws.push({ ...spanOf(pair.key), ...flaw });
    // At the top of the file this is a section in two parts, most likely: each has names that others use.
    const isSection = path.length === 1;
    if (!isSection || !joined(first, pair)) noteTexts(pair, path, notes);
  }
  return [...kept.values()];
};

const HOSTILE = new Set(["__proto__", "constructor", "prototype"]);

const keyFlaw = (key: unknown): { readonly message: string; readonly hint?: string } | undefined => {
  const name = nameOf(key);
  if (name === undefined) return { message: "a key must be plain text" };
  if (isMerge(key)) return { message: "merge keys (<<) are not supported", hint: "write the keys out" };
  return HOSTILE.has(name) ? { message: `"${name}" cannot be a key` } : undefined;
};

/** Whether a key stands for those of another map, as in YAML 1.1; in quotes it is a text like others. */
const isMerge = (key: unknown): boolean => isScalar(key) && key.value === "<<" && key.type === "PLAIN";

/** Puts what the second pair holds behind what the first one does, if both are maps or both are lists. */
const joined = (first: Pair | undefined, second: Pair): boolean => {
  if (isMap(first?.value) && isMap(second.value)) first.value.items.push(...second.value.items);
  else if (isSeq(first?.value) && isSeq(second.value)) first.value.items.push(...second.value.items);
  else return false;
  return true;
};

const noteTexts = (pair: Pair, path: Above, notes: Notes): void => {
  if (!isNode(pair.value)) return;
  const above = namesOf([...path, pair]);
  visit(pair.value, (key, node, inner) => {
    if (key !== "key" && isScalar(node) && typeof node.value === "string")
      notes.dropped.push({ path: [...above, ...namesOf(inner)], text: node.value });
  });
};

const namesOf = (path: Above): TaskPath => path.filter(isPair).map(({ key }) => nameOf(key) ?? "");

const nameOf = (key: unknown): string | undefined => {
  if (!isScalar(key) || typeof key.value === "object") return undefined;
  return typeof key.value === "string" ? key.value : JSON.stringify(key.value);
};
