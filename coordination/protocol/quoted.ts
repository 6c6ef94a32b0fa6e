/** Longest part of a sentence that is in somebody else's words, in characters. */
const longestQuote = 300;

/**
 * Words that are not swarm's own (of a provider, an engine, a model, a program) as part of a sentence: one line in one pair of
 * double quotes, cut. They may repeat a prompt or a reply; whoever must not tell those leaves out what is quoted.
 */
export const quoted = (words: string, longest = longestQuote): string => {
  const line = words.replace(/\s+/g, " ").trim().replaceAll('"', "'");
  if (line.length <= longest) return `"${line}"`;
  // Half of a surrogate pair is no character.
  return `"${line.slice(0, longest).replace(/[\ud800-\udbff]$/, "")}…"`;
};
