import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { loadCorpus } from "./corpus.ts";
import { generate } from "./generate.ts";
import type { Example } from "./generate.ts";
import { normalise } from "./normalise.ts";
import { LABELS, QUESTIONS, questionToken } from "./prompt.ts";
import { createRandom } from "./random.ts";
import type { Random } from "./random.ts";
import { createTokenizer, learnMerges, vocabularyOf } from "./tokenizer.ts";
import type { Tokenizer } from "./tokenizer.ts";
import {
  HELD_OUT_LINES,
  SHAPE,
  STEPS,
  TRAINING_LINES,
  VOCABULARY_SIZE,
  VOTERS,
  heldOutRecipe,
  recipeOf,
} from "./voters.ts";

const ROUGH_WORDS = 0.03;
const LABEL_WEIGHT = 1_000_000;

/** Writes everything that `train.py` reads: the shape, the vocabulary and lines as token ids. */
export const prepare = (source: string, folder: string): void => {
  mkdirSync(folder, { recursive: true });
  const corpus = loadCorpus(source);
  const base = vocabularyOf([]).tokens.length;
  const text = generate(corpus, { ...recipeOf("generalist"), seed: 5 }, TRAINING_LINES / 2);
  const vocabulary = vocabularyOf(learnMerges(countWords(text), VOCABULARY_SIZE - base));
  const tokenizer = createTokenizer(vocabulary);
  const ask = QUESTIONS.map((question) => {
    const id = tokenizer.encode(questionToken(question));
    const labels = LABELS[question].map((label) => tokenizer.encode(label));
    if (id.length !== 1 || labels.some((ids) => ids.length !== 1))
      throw new RangeError(`a label of ${question} is not one token`);
    return { question, token: id[0], labels: labels.map(([label]) => label) };
  });
  writeFileSync(join(folder, "setup.json"), JSON.stringify({ shape: SHAPE, steps: STEPS, vocabulary, ask }));
  for (const voter of VOTERS) {
    const recipe = recipeOf(voter);
    const examples = generate(corpus, recipe, TRAINING_LINES);
    writeLines(join(folder, voter), examples, { tokenizer, rough: createRandom(recipe.seed + 9) });
  }
  for (const use of ["calibration", "report"] as const) {
    const examples = generate(corpus, heldOutRecipe(use), HELD_OUT_LINES);
    writeLines(join(folder, use), examples, { tokenizer });
  }
};

const countWords = (examples: readonly Example[]): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>();
  for (const { line } of examples) {
    for (const word of normalise(line).split(" ")) counts.set(` ${word}`, (counts.get(` ${word}`) ?? 0) + 1);
  }
  // Labels are answers, so they stand without a space in front, and must each become one piece.
  for (const label of Object.values(LABELS).flat()) counts.set(label, LABEL_WEIGHT);
  return counts;
};

type Writing = { readonly tokenizer: Tokenizer; readonly rough?: Random };

const writeLines = (path: string, examples: readonly Example[], { tokenizer, rough }: Writing): void => {
  const lines = examples.map(({ line }) => {
    const text = ` ${normalise(line)}`;
    return rough ? tokenizer.encodeRough(text, ROUGH_WORDS, rough.next) : tokenizer.encode(text);
  });
  writeFileSync(`${path}.ids`, Uint16Array.from(lines.flat()));
  writeFileSync(
    `${path}.lengths`,
    Uint16Array.from(lines, (ids) => ids.length),
  );
  const labels = examples.flatMap(({ severity, area }) => [
    LABELS.severity.indexOf(severity),
    LABELS.area.indexOf(area),
  ]);
  writeFileSync(`${path}.labels`, Uint8Array.from(labels));
};
