import { Composer, Lexer, Parser, YAMLParseError, isAlias, isCollection, isMap, isScalar } from "yaml";
import type { Document, Node, Pair, YAMLMap } from "yaml";
import { invariant } from "../../coordination/protocol/invariant.ts";
import { isDeeperThan } from "./depth.ts";
import type { TaskPath } from "./finding.ts";
import { MAX_ALIASES, MAX_YAML_DEPTH, MAX_YAML_TOKENS } from "./limits.ts";
import { mend } from "./mend.ts";
import type { Mended } from "./mend.ts";
import { asNode } from "./syntax-flaw.ts";
import type { SyntaxFlaw } from "./syntax-flaw.ts";

export type YamlTree = {
  readonly value: unknown;
  readonly document: Document.Parsed;
  /** The pairs of each map by key, filled as they are asked for: thousands of findings may lie in one map. */
  readonly pairs: Map<Node, ReadonlyMap<string, Pair>>;
} & Pick<Mended, "holes" | "dropped">;

const MAX_SYNTAX_ERRORS = 20;

/**
 * Reads YAML (and so JSON) into plain data. Never takes long or dies on text that was made to hurt. There may be flaws beside
 * the tree: it lacks what they are about.
 */
export const readYaml = (
  text: string,
): { readonly tree?: YamlTree; readonly flaws: readonly SyntaxFlaw[] } => {
  const cut = tokensOf(text);
  if ("bomb" in cut) return { flaws: [cut.bomb] };
  const { document, errors } = composed(cut.tokens, text.length);
  const complaints = [...errors, ...document.warnings].map((error) => ({
    ...explain(error.message),
    offset: error.pos[0],
    length: Math.max(1, error.pos[1] - error.pos[0]),
  }));
  if (errors.length > 0) return { flaws: complaints.slice(0, MAX_SYNTAX_ERRORS) };
  const mended = mend(document);
  const flaws = [...complaints, ...mended.flaws];
  if (!mended.isUsable) return { flaws };
  const read = plainData(document);
  return "flaw" in read
    ? { flaws: [...flaws, read.flaw] }
    : {
        tree: { value: read.value, document, pairs: new Map(), holes: mended.holes, dropped: mended.dropped },
        flaws,
      };
};

const plainData = (
  document: Document.Parsed,
): { readonly value: unknown } | { readonly flaw: SyntaxFlaw } => {
  const flawed = (message: string) => ({ flaw: { offset: 0, length: 1, message } });
  try {
    // What the aliases stand for counts as a copy as well.
    const value: unknown = document.toJS({ maxAliasCount: MAX_ALIASES + 1 });
    // Aliases can nest what the text does not.
    return isDeeperThan(value, MAX_YAML_DEPTH)
      ? flawed(`nested more than ${MAX_YAML_DEPTH} deep, by its aliases`)
      : { value };
  } catch (cause) {
    if (!(cause instanceof ReferenceError)) throw cause;
    return flawed(`aliases multiply to more than ${MAX_ALIASES} copies`);
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
