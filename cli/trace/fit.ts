/** Cuts or pads a text to one line of so many columns of a terminal, in which letters of East Asia and pictures take two. */
export const fit = (text: string, columns: number): string => {
  const line = text.replace(/\s/g, " ");
  const letters = plain.test(line)
    ? line.split("")
    : Array.from(new Intl.Segmenter().segment(line), ({ segment }) => segment);
  let taken = 0;
  /** How many letters leave room for an ellipsis, and the columns that they take. */
  let [fitting, width] = [0, 0];
  for (const [at, letter] of letters.entries()) {
    taken += columnsOf(letter);
    if (taken < columns) [fitting, width] = [at + 1, taken];
  }
  if (taken <= columns) return `${line}${" ".repeat(columns - taken)}`;
  return `${letters.slice(0, fitting).join("")}…${" ".repeat(columns - width - 1)}`;
};

const plain = /^[ -~]*$/;
const wide =
  /[\u1100-\u115F\u2E80-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF01-\uFF60\uFFE0-\uFFE6\u{20000}-\u{3FFFD}]|\p{Emoji_Presentation}|\uFE0F/u;

const columnsOf = (letter: string): number => (wide.test(letter) ? 2 : 1);
