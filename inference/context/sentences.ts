/** A sentence of a conversation. */
export type Sentence = {
  /** Place of its line in the conversation. */
  readonly line: number;
  readonly text: string;
};

/** The sentences of a text. A dot within a number, a version or a name ends none. */
export const sentencesOf = (text: string, line: number): readonly Sentence[] =>
  text
    .split(/(?<=[.!?])\s+|\n+/)
    .map((part) => part.trim())
    .filter((part) => part !== "")
    .map((part) => ({ line, text: part }));

const STOP_WORDS = new Set(
  (
    "a an and are as at be been but by can did do does for from had has have how i if in into is it its just may me my no not now of " +
    "on or our please so than that the their them then there these they this to was we were what when where which who why will with " +
    "would you your"
  ).split(" "),
);

/** The words of a text that tell what it is about, in lower case. */
export const wordsOf = (text: string): readonly string[] =>
  (text.toLowerCase().match(/[\p{L}\p{N}][\p{L}\p{N}._/-]*[\p{L}\p{N}]|[\p{L}\p{N}]/gu) ?? []).filter(
    (word) => !STOP_WORDS.has(word),
  );
