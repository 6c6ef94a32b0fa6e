import { QUESTIONS, questionToken } from "./prompt.ts";

/** Token kinds as GGUF numbers them. */
export const TOKEN_TYPE = { normal: 1, unknown: 2, control: 3, userDefined: 4, byte: 6 } as const;

/** A vocabulary as llama.cpp's SentencePiece reader takes it: the merge with the highest score goes first. */
export type Vocabulary = {
  readonly tokens: readonly string[];
  readonly scores: readonly number[];
  readonly types: readonly number[];
};

export type Tokenizer = {
  readonly encode: (text: string) => readonly number[];
  /** As encode, but leaves out each merge with probability `skip`, so that training sees words in pieces. */
  readonly encodeRough: (text: string, skip: number, random: () => number) => readonly number[];
};

const SPACE = "\u2581";
const FIRST_BYTE = 3;
const SINGLE_SCORE = -1e4;
const CHARACTERS = `${SPACE}abcdefghijklmnopqrstuvwxyz#@/&=`;

/** Builds a vocabulary from the pieces that `learnMerges` found. */
export const vocabularyOf = (merges: readonly string[]): Vocabulary => {
  const special = ["<unk>", "<s>", "</s>"];
  const bytes = Array.from(
    { length: 256 },
    (_, value) => `<0x${value.toString(16).toUpperCase().padStart(2, "0")}>`,
  );
  const questions = QUESTIONS.map(questionToken);
  const singles = [...CHARACTERS];
  const fixed = [...special, ...bytes, ...questions, ...singles];
  return {
    tokens: [...fixed, ...merges],
    scores: [
      ...fixed.map((_, id) => (id < special.length + bytes.length + questions.length ? 0 : SINGLE_SCORE)),
      ...merges.map((_, rank) => -rank),
    ],
    types: [
      TOKEN_TYPE.unknown,
      TOKEN_TYPE.control,
      TOKEN_TYPE.control,
      ...bytes.map(() => TOKEN_TYPE.byte),
      ...questions.map(() => TOKEN_TYPE.userDefined),
      ...singles.map(() => TOKEN_TYPE.normal),
      ...merges.map(() => TOKEN_TYPE.normal),
    ],
  };
};

/** Encodes as llama.cpp does with `add_space_prefix` off; the test holds the two together. */
export const createTokenizer = (vocabulary: Vocabulary): Tokenizer => {
  const normal = new Map<string, number>();
  const whole = new Map<string, number>();
  vocabulary.tokens.forEach((token, id) => {
    if (vocabulary.types[id] === TOKEN_TYPE.normal) normal.set(token, id);
    if (vocabulary.types[id] === TOKEN_TYPE.userDefined) whole.set(token, id);
  });
  const score = (piece: string): number => {
    const id = normal.get(piece);
    return id === undefined ? -Infinity : (vocabulary.scores[id] ?? -Infinity);
  };
  const cache = new Map<string, readonly number[]>();
  const idsOf = (piece: string): readonly number[] => {
    const id = normal.get(piece);
    return id === undefined ? [...Buffer.from(piece)].map((byte) => FIRST_BYTE + byte) : [id];
  };
  const merged = (word: string, skipped: () => boolean): readonly number[] => {
    const pieces = [...word];
    for (;;) {
      const at = bestMerge(pieces, score, skipped);
      if (at < 0) return pieces.flatMap(idsOf);
      pieces.splice(at, 2, `${pieces[at] ?? ""}${pieces[at + 1] ?? ""}`);
    }
  };
  const encodeWord = (word: string): readonly number[] => {
    const known = cache.get(word) ?? merged(word, () => false);
    cache.set(word, known);
    return known;
  };
  const encodeWith = (text: string, word: (part: string) => readonly number[]): readonly number[] =>
    splitWhole(text, [...whole.keys()]).flatMap((part) => {
      const id = whole.get(part);
      return id === undefined ? wordsIn(part).flatMap(word) : [id];
    });
  return {
    encode: (text) => encodeWith(text, encodeWord),
    encodeRough: (text, skip, random) =>
      encodeWith(text, (part) => (random() < skip ? merged(part, () => random() < skip) : encodeWord(part))),
  };
};

const bestMerge = (
  pieces: readonly string[],
  score: (piece: string) => number,
  skipped: () => boolean,
): number => {
  let best = -Infinity;
  let at = -1;
  for (let i = 0; i + 1 < pieces.length; i++) {
    const value = score(`${pieces[i] ?? ""}${pieces[i + 1] ?? ""}`);
    if (value > best && !skipped()) {
      best = value;
      at = i;
    }
  }
  return at;
};

/** No piece spans two words, so each word can be merged, and cached, on its own. */
const wordsIn = (text: string): readonly string[] =>
  text.replaceAll(" ", SPACE).match(/\u2581?[^\u2581]+|\u2581/g) ?? [];

const splitWhole = (text: string, whole: readonly string[]): readonly string[] =>
  whole.reduce<readonly string[]>(
    (parts, token) =>
      parts.flatMap((part) =>
        part
          .split(token)
          .flatMap((piece, index) => (index === 0 ? [piece] : [token, piece]))
          .filter((piece) => piece !== ""),
      ),
    [text],
  );

/** Learns up to `count` merges from counted words; ties go to the piece that sorts first. */
export const learnMerges = (words: ReadonlyMap<string, number>, count: number): readonly string[] => {
  const split = [...words].map(([word, weight]) => ({ pieces: [...word.replaceAll(" ", SPACE)], weight }));
  const pairs = new Map<string, { weight: number; words: Set<number> }>();
  const countPairs = (index: number, sign: 1 | -1): void => {
    const { pieces, weight } = split[index] ?? { pieces: [], weight: 0 };
    for (let i = 0; i + 1 < pieces.length; i++) {
      const key = `${pieces[i] ?? ""} ${pieces[i + 1] ?? ""}`;
      const pair = pairs.get(key) ?? { weight: 0, words: new Set<number>() };
      pair.weight += sign * weight;
      pair.words.add(index);
      pairs.set(key, pair);
    }
  };
  split.forEach((_, index) => countPairs(index, 1));
  const merges = new Map<string, true>();
  while (merges.size < count) {
    let best = { key: "", weight: 1 };
    for (const [key, { weight }] of pairs) {
      if (weight > best.weight || (weight === best.weight && key < best.key)) best = { key, weight };
    }
    if (best.key === "") break;
    const [left = "", right = ""] = best.key.split(" ");
    for (const index of pairs.get(best.key)?.words ?? []) {
      countPairs(index, -1);
      joinPieces(split[index]?.pieces ?? [], left, right);
      countPairs(index, 1);
    }
    pairs.delete(best.key);
    merges.set(left + right, true);
  }
  return [...merges.keys()];
};

const joinPieces = (pieces: string[], left: string, right: string): void => {
  for (let i = 0; i + 1 < pieces.length; i++) {
    if (pieces[i] === left && pieces[i + 1] === right) pieces.splice(i, 2, left + right);
  }
};
