import { parseArgs } from "node:util";

// What stands behind the name of a program that is run by hand: `npm run simulate -- --seed 17`.

/** Why the words make no sense, in a sentence for whoever typed them. */
export class Misuse extends Error {
  override readonly name = "Misuse";
}

/** The options of a program, each with what stands for its value, as in `{ seed: "N" }`; `""` for one that has none. */
export type Options = Readonly<Record<string, string>>;

/** What was typed, by option; `""` for one that has no value. */
export type Typed = ReadonlyMap<string, string>;

/** Throws `Misuse` where a word is none of the options, or one has no value, or stands there twice. */
export const readOptions = (words: readonly string[], options: Options): Typed => {
  const kinds = Object.entries(options).map(
    ([name, value]) => [name, { type: value === "" ? "boolean" : "string" }] as const,
  );
  const { tokens } = parseArgs({
    args: [...words],
    options: Object.fromEntries(kinds),
    strict: false,
    tokens: true,
  });
  const typed = new Map<string, string>();
  for (const token of tokens) {
    if (token.kind !== "option") {
      const word = token.kind === "positional" ? token.value : "--";
      throw new Misuse(`${quoted(word)} belongs to no option; leave it out`);
    }
    const { name, rawName, value, inlineValue } = token;
    const takes = Object.hasOwn(options, name) && rawName.startsWith("--") ? options[name] : undefined;
    if (takes === undefined)
      throw new Misuse(`there is no option ${quoted(rawName)}; there are ${listOf(options)}`);
    if (typed.has(name)) throw new Misuse(`--${name} is there twice; keep one of them`);
    if (takes === "" && value !== undefined)
      throw new Misuse(`--${name} takes no value; leave out ${quoted(value)}`);
    // The next option is no value, even where somebody forgot it.
    const isForgotten = value === undefined || value === "" || (!inlineValue && value.startsWith("--"));
    if (takes !== "" && isForgotten) throw new Misuse(`--${name} has no value; write --${name} ${takes}`);
    typed.set(name, value ?? "");
  }
  return typed;
};

const listOf = (options: Options): string =>
  [...Object.keys(options), "help"].map((name) => `--${name}`).join(", ");

/** A word as it was typed, in one line. */
export const quoted = (word: string): string => JSON.stringify(word);

/** The number behind an option, `undefined` where it was not typed. */
export const wholeNumber = (typed: Typed, name: string, most: number): number | undefined => {
  const word = typed.get(name);
  if (word === undefined) return undefined;
  if (!isWholeNumber(word, most))
    throw new Misuse(`--${name} ${quoted(word)} is no whole number from 0 to ${most}`);
  return Number(word);
};

/** The regular expression behind an option, one that fits everything where it was not typed. */
export const regularExpression = (typed: Typed, name: string): RegExp => {
  const word = typed.get(name) ?? "";
  try {
    return new RegExp(word);
  } catch {
    throw new Misuse(`--${name} ${quoted(word)} is no regular expression`);
  }
};

export const isWholeNumber = (word: string, most: number): boolean =>
  /^\d+$/.test(word) && Number(word) <= most;

type Program<Asked> = {
  readonly words: readonly string[];
  readonly usage: string;
  /** Understands the words, or throws `Misuse`. */
  readonly read: (words: readonly string[]) => Asked;
  /** Does what was asked for, and returns the exit status. */
  readonly act: (asked: Asked) => number | Promise<number>;
  readonly print: (line: string) => void;
  readonly complain: (line: string) => void;
};

/** Returns the exit status: 2, after a sentence and the usage, where the words make no sense. */
export const runByHand = async <Asked>({ words, usage, read, act, print, complain }: Program<Asked>) => {
  if (words.includes("--help") || words.includes("-h")) {
    print(usage);
    return 0;
  }
  let asked: Asked;
  try {
    asked = read(words);
  } catch (error) {
    if (!(error instanceof Misuse)) throw error;
    complain(error.message);
    complain(usage);
    return 2;
  }
  return act(asked);
};
