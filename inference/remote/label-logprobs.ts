import { confidenceOf, type Confidence } from "../confidence.ts";

/** One token of a reply, with the likeliest alternatives in its place, itself among them or not. Natural logarithms. */
export type TokenLogprob = {
  readonly token: string;
  readonly logprob: number;
  readonly alternatives: readonly { readonly token: string; readonly logprob: number }[];
};

/**
 * How sure a model was of a label, from the tokens of its reply. At each place every alternative is read as the beginning of
 * the options that it could lead to, and has its probability times that of the tokens before it. What could become several
 * options is followed along the reply, and shared out evenly where the reply went another way; a reply that ends as one of them
 * is that one. Scaled to sum to 1 over the options; `undefined` where the tokens lead to none.
 */
export const labelConfidence = (
  options: readonly string[],
  tokens: readonly TokenLogprob[],
): Confidence | undefined => {
  const plainOptions = options.map(plain);
  const mass = options.map(() => 0);
  const give = (places: readonly number[], share: number): void => {
    for (const place of places) mass[place] = (mass[place] ?? 0) + share / places.length;
  };
  let before = "";
  let reached = 0;
  for (const { token, logprob, alternatives } of tokens) {
    for (const other of alternatives) {
      if (other.token !== token)
        give(leadingTo(plainOptions, before + other.token), Math.exp(reached + other.logprob));
    }
    before += token;
    reached += logprob;
    const open = leadingTo(plainOptions, before);
    if (open.length === 0) break;
    if (open.length === 1 || isLast(tokens, before)) {
      const said = open.filter((place) => plainOptions[place] === plain(before));
      give(said.length > 0 ? said : open, Math.exp(reached));
      break;
    }
  }
  if (mass.every((share) => !(share > 0))) return undefined;
  return confidenceOf(
    options,
    mass.map((share) => Math.log(share)),
    1,
  );
};

const isLast = (tokens: readonly TokenLogprob[], before: string): boolean =>
  before.length >= tokens.reduce((length, { token }) => length + token.length, 0);

/** The options that a text is the beginning of, or that it begins with; of the latter the longest only. */
const leadingTo = (options: readonly string[], text: string): readonly number[] => {
  const said = plain(text);
  // Quotes and blanks decide nothing yet.
  if (said === "") return options.map((_, place) => place);
  const begun = options.flatMap((option, place) => (option.startsWith(said) ? [place] : []));
  if (begun.length > 0) return begun;
  const longest = options.reduce(
    (best, option) => (said.startsWith(option) ? Math.max(best, option.length) : best),
    0,
  );
  return options.flatMap((option, place) =>
    longest > 0 && option.length === longest && said.startsWith(option) ? [place] : [],
  );
};

const plain = (text: string): string =>
  text
    .replace(/^[\s"'`*]+/, "")
    .trimEnd()
    .toLowerCase();
