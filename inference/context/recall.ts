import { wordsOf, type Sentence } from "./sentences.ts";

/** Parameters of BM25 (Robertson and Zaragoza, 2009): how soon repetition stops to count, and how much length does. */
const SATURATION = 1.2;
const LENGTH_PART = 0.75;

/** Sentences by how much they have to do with a question, best first; those that have nothing to do with it are left out. */
export const recall = <Said extends Sentence>(
  question: string,
  sentences: readonly Said[],
): readonly Said[] => {
  const documents = sentences.map((sentence) => ({ sentence, words: wordsOf(sentence.text) }));
  const mean = documents.reduce((sum, { words }) => sum + words.length, 0) / Math.max(1, documents.length);
  const within = new Map<string, number>();
  for (const { words } of documents)
    for (const word of new Set(words)) within.set(word, (within.get(word) ?? 0) + 1);
  const asked = [...new Set(wordsOf(question))];
  const rarity = (word: string): number => {
    const count = within.get(word) ?? 0;
    return Math.log(1 + (documents.length - count + 0.5) / (count + 0.5));
  };
  return (
    documents
      .map(({ sentence, words }) => ({
        sentence,
        score: asked.reduce((sum, word) => {
          const times = words.filter((each) => each === word).length;
          const length = 1 - LENGTH_PART + LENGTH_PART * (words.length / Math.max(1, mean));
          return sum + (rarity(word) * times * (SATURATION + 1)) / (times + SATURATION * length);
        }, 0),
      }))
      .filter(({ score }) => score > 0)
      // Of two that say as much, the later one is news.
      .sort((one, other) => other.score - one.score || other.sentence.line - one.sentence.line)
      .map(({ sentence }) => sentence)
  );
};
