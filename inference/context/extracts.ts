import { heldBy, type Fact } from "./facts.ts";
import { wordsOf, type Sentence } from "./sentences.ts";

/**
 * The sentences that say most, best first: those with numbers, names and rare words. What the ledger holds is left out, and
 * above all what it has replaced: a stale value is worse than none.
 */
export const extractsOf = (sentences: readonly Sentence[], ledger: readonly Fact[]): readonly Sentence[] => {
  const counts = new Map<string, number>();
  for (const { text } of sentences)
    for (const word of new Set(wordsOf(text))) counts.set(word, (counts.get(word) ?? 0) + 1);
  const isHeld = heldBy(ledger);
  const newest = Math.max(1, ...sentences.map(({ line }) => line));
  return sentences
    .filter((sentence) => !isHeld(sentence))
    .map((sentence) => ({ sentence, weight: weightOf(sentence, counts, sentences.length, newest) }))
    .filter(({ weight }) => weight > 0)
    .sort((one, other) => other.weight - one.weight)
    .map(({ sentence }) => sentence);
};

/** By the word, so that long sentences do not win by their length alone. */
const weightOf = (
  { text, line }: Sentence,
  counts: ReadonlyMap<string, number>,
  total: number,
  newest: number,
): number => {
  const words = wordsOf(text);
  if (words.length === 0 || text.endsWith("?")) return 0;
  const rarity =
    words.reduce((sum, word) => sum + Math.log(total / (counts.get(word) ?? 1)), 0) / words.length;
  const figures =
    words.filter((word) => /\d/.test(word)).length + (text.slice(1).match(/\b\p{Lu}/gu) ?? []).length;
  return (rarity + figures) * (1 + line / newest);
};
