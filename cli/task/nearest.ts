const MAX_COMPARED_CHARS = 64;

/** The known word that a mistyped one most likely meant, if any is near enough. */
export const nearest = (word: string, known: Iterable<string>): string | undefined => {
  if (word.length > MAX_COMPARED_CHARS) return undefined;
  let best: { readonly word: string; readonly distance: number } | undefined;
  for (const candidate of known) {
    if (candidate.length > MAX_COMPARED_CHARS) continue;
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (best === undefined || distance < best.distance) best = { word: candidate, distance };
  }
  if (best === undefined || best.distance > Math.max(1, Math.floor(word.length / 3))) return undefined;
  // Of words of one letter each is as near as any other.
  return best.distance < Math.max(word.length, best.word.length) ? best.word : undefined;
};

/** `did you mean "x"?`, or else what there is to choose from. */
export const suggest = (word: string, known: Iterable<string>): string | undefined => {
  const words = [...known];
  const near = nearest(word, words);
  if (near !== undefined) return `did you mean "${near}"?`;
  return words.length === 0 || words.length > MAX_LISTED ? undefined : `known: ${words.join(", ")}`;
};

const MAX_LISTED = 12;

/** Levenshtein's, with a swap of neighbours as one step. */
const editDistance = (a: string, b: string): number => {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, place) => place);
  for (let row = 1; row <= a.length; row += 1) {
    const next = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const same = a[row - 1] === b[column - 1];
      let cost = Math.min(
        (last[column] ?? 0) + 1,
        (next[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + (same ? 0 : 1),
      );
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1])
        cost = Math.min(cost, (before[column - 2] ?? 0) + 1);
      next.push(cost);
    }
    before = last;
    last = next;
  }
  return last[b.length] ?? 0;
};
