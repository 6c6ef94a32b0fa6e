import {
  Composer,
  Lexer,
  Parser,
  YAMLParseError,
  isAlias,
  isCollection,
  isMap,
  isPair,
  isScalar,
  visit,
} from "yaml";
import type { Document, Node, Pair, YAMLMap } from "yaml";
import { invariant } from "../../coordination/protocol/invariant.ts";
import { isDeeperThan } from "./depth.ts";
import type { TaskPath } from "./finding.ts";
import { MAX_ALIASES, MAX_YAML_DEPTH, MAX_YAML_TOKENS } from "./limits.ts";

/** A flaw of the text itself, at its place. */
export type SyntaxFlaw = {
  readonly offset: number;
  readonly length: number;
  readonly message: string;
  readonly hint?: string;
};

export type YamlTree = {
  readonly value: unknown;
  readonly document: Document.Parsed;
  /** The pairs of each map by key, filled as they are asked for: thousands of findings may lie in one map. */
  readonly pairs: Map<Node, ReadonlyMap<string, Pair>>;
};

const MAX_FLAWS = 20;
const HOSTILE = new Set(["__proto__", "constructor", "prototype"]);

/** Reads YAML (and so JSON) into plain data. Never takes long or dies on text that was made to hurt. */
export const readYaml = (
  text: string,
): { readonly tree?: YamlTree; readonly flaws: readonly SyntaxFlaw[] } => {
  const read = tokensOf(text);
  if ("bomb" in read) return { flaws: [read.bomb] };
  const { document, errors } = composed(read.tokens, text.length);
  const complaints = [...errors, ...document.warnings].slice(0, MAX_FLAWS);
  if (complaints.length > 0)
    return {
      flaws: complaints.map((error) => ({
        ...explain(error.message),
        offset: error.pos[0],
        length: Math.max(1, error.pos[1] - error.pos[0]),
      })),
    };
  const flaws = findFlaws(document).slice(0, MAX_FLAWS);
  if (flaws.length > 0) return { flaws };
  return plainData(document);
};

const plainData = (
  document: Document.Parsed,
): { readonly tree?: YamlTree; readonly flaws: readonly SyntaxFlaw[] } => {
  try {
    const value: unknown = document.toJS({ maxAliasCount: MAX_ALIASES });
    // Aliases can nest what the text does not.
    if (!isDeeperThan(value, MAX_YAML_DEPTH))
      return { tree: { value, document, pairs: new Map() }, flaws: [] };
    return {
      flaws: [{ offset: 0, length: 1, message: `nested more than ${MAX_YAML_DEPTH} deep, by its aliases` }],
    };
  } catch (cause) {
    if (!(cause instanceof ReferenceError)) throw cause;
    return {
      flaws: [{ offset: 0, length: 1, message: `aliases multiply to more than ${MAX_ALIASES} copies` }],
    };
  }
};

/** As yaml's own `parseDocument`, of a text that is in tokens already: to cut it takes as long as all that follows. */
const composed = (
  tokens: readonly string[],
  chars: number,
): { readonly document: Document.Parsed; readonly errors: readonly YAMLParseError[] } => {
  const parser = new Parser();
  const composer = new Composer({ prettyErrors: false, uniqueKeys: false, version: "1.2", schema: "core" });
  function* parsed() {
    for (const token of tokens) yield* parser.next(token);
    yield* parser.end();
  }
  const [document, another] = take(composer.compose(parsed(), true, chars), 2);
  invariant(document !== undefined, "yaml makes a document of anything");
  if (another === undefined) return { document, errors: document.errors };
  const [start, end] = another.range;
  const several = new YAMLParseError([start, end], "MULTIPLE_DOCS", "Source contains multiple documents");
  return { document, errors: [...document.errors, several] };
};

const take = <Item>(items: Iterable<Item>, most: number): readonly Item[] => {
  const taken: Item[] = [];
  for (const item of items) if (taken.push(item) === most) break;
  return taken;
};

/** Walks the tokens before anything recursive does: too many of them, or too deep a nest, and the parser never sees the text. */
const tokensOf = (text: string): { readonly tokens: readonly string[] } | { readonly bomb: SyntaxFlaw } => {
  const tooDeep = (offset: number) => ({
    bomb: { offset, length: 1, message: `nested more than ${MAX_YAML_DEPTH} deep` },
  });
  const tokens: string[] = [];
  let offset = 0;
  let depth = 0;
  let inLine = 0;
  for (const token of new Lexer().lex(text)) {
    tokens.push(token);
    if (tokens.length > MAX_YAML_TOKENS) {
      const message = `a task file has at most ${MAX_YAML_TOKENS} YAML tokens`;
      return { bomb: { offset, length: 1, message } };
    }
    if (token === "[" || token === "{") depth += 1;
    else if (token === "]" || token === "}") depth = Math.max(0, depth - 1);
    else if (token.includes("\n")) inLine = 0;
    else if ((token === "-" || token === "?" || token === ":") && depth === 0) inLine += 1;
    if (depth > MAX_YAML_DEPTH || inLine > MAX_YAML_DEPTH) return tooDeep(offset);
    // The lexer adds tokens of its own, of one control character each, which are not in the text.
    if (!MARKERS.has(token)) offset += token.length;
  }
  return { tokens };
};

const MARKERS = new Set(["\u0002", "\u0018", "\u001f"]);

const explain = (message: string): { readonly message: string; readonly hint?: string } => {
  if (/call stack/i.test(message)) return { message: `nested more than ${MAX_YAML_DEPTH} deep` };
  if (/Tabs are not allowed/i.test(message))
    return { message: "a tab cannot indent YAML", hint: "use spaces" };
  if (/Source contains multiple documents/.test(message))
    return {
      message: "this holds several documents",
      hint: "a task file is one document: take the line --- away",
    };
  if (/Unresolved tag/.test(message)) return { message: "YAML tags (!name) are not used here" };
  if (/Nested mappings are not allowed in compact mappings/.test(message))
    return { message, hint: "put text that holds a colon in quotes" };
  return { message: message.split("\n")[0] ?? message };
};

/** Keys that come twice, that are no text or reach for a prototype; aliases of nothing or too many; nests too deep to walk. */
const findFlaws = (document: Document.Parsed): readonly SyntaxFlaw[] => {
  const flaws: SyntaxFlaw[] = [];
  const anchors = new Set<string>();
  let aliases = 0;
  visit(document, (_key, node, path) => {
    if (path.length > MAX_YAML_DEPTH * 2) {
      flaws.push({
        ...spanOf(isPair(node) ? node.key : node),
        message: `nested more than ${MAX_YAML_DEPTH} deep`,
      });
      return visit.BREAK;
    }
    if ((isScalar(node) || isCollection(node)) && node.anchor !== undefined) anchors.add(node.anchor);
    if (isAlias(node)) {
      aliases += 1;
      const around = path.some((outer) => isCollection(outer) && outer.anchor === node.source);
      if (around)
        flaws.push({ ...spanOf(node), message: `the alias "*${clipped(node.source)}" would hold itself` });
      else if (!anchors.has(node.source))
        flaws.push({ ...spanOf(node), message: `there is no anchor "&${clipped(node.source)}" before this` });
      if (aliases > MAX_ALIASES)
        flaws.push({ ...spanOf(node), message: `a task file uses at most ${MAX_ALIASES} aliases` });
    }
    if (isMap(node)) flaws.push(...keyFlaws(node.items));
    return flaws.length >= MAX_FLAWS || aliases > MAX_ALIASES ? visit.BREAK : undefined;
  });
  return flaws;
};

const keyFlaws = (pairs: readonly Pair[]): readonly SyntaxFlaw[] => {
  const seen = new Set<string>();
  const flaws: SyntaxFlaw[] = [];
  for (const { key } of pairs) {
    if (!isScalar(key) || isCollection(key) || typeof key.value === "object") {
      flaws.push({ ...spanOf(key), message: "a key must be plain text" });
      continue;
    }
    const name = typeof key.value === "string" ? key.value : JSON.stringify(key.value);
    if (HOSTILE.has(name)) flaws.push({ ...spanOf(key), message: `"${name}" cannot be a key` });
    else if (seen.has(name))
      flaws.push({ ...spanOf(key), message: `the key "${clipped(name)}" is there twice` });
    seen.add(name);
  }
  return flaws;
};

const clipped = (name: string): string => (name.length > 64 ? `${name.slice(0, 63)}…` : name);

/** The node of a value, and that of the key that leads to it; of the nearest one above where there is none. */
export const nodesAt = (
  tree: YamlTree,
  path: TaskPath,
): { readonly key: Node | undefined; readonly value: Node | undefined } => {
  const { document } = tree;
  let value = resolve(document.contents, document);
  let key: Node | undefined;
  for (const step of path) {
    if (isMap(value)) {
      const pair = pairsOf(value, tree).get(String(step));
      if (pair === undefined) break;
      key = asNode(pair.key);
      // A key without a value is marked itself.
      value = resolve(pair.value, document) ?? key;
    } else if (isCollection(value) && typeof step === "number") {
      value = resolve(value.items[step], document);
      key = value;
    } else {
      break;
    }
  }
  return { key, value };
};

const pairsOf = (map: YAMLMap, { pairs }: YamlTree): ReadonlyMap<string, Pair> => {
  const known = pairs.get(map);
  if (known !== undefined) return known;
  const byKey = new Map(
    map.items.flatMap((pair) => (isScalar(pair.key) ? [[String(pair.key.value), pair] as const] : [])),
  );
  pairs.set(map, byKey);
  return byKey;
};

const resolve = (node: unknown, document: Document.Parsed): Node | undefined => {
  const plain = asNode(node);
  return isAlias(plain) ? plain.resolve(document) : plain;
};

const asNode = (node: unknown): Node | undefined =>
  isScalar(node) || isCollection(node) || isAlias(node) ? node : undefined;

export const spanOf = (node: unknown): { readonly offset: number; readonly length: number } => {
  const range = asNode(node)?.range;
  return range === undefined || range === null
    ? { offset: 0, length: 1 }
    : { offset: range[0], length: Math.max(1, range[1] - range[0]) };
};
