import type { Command } from "commander";

/**
 * The words of a command line with `help COMMAND` put as `COMMAND --help`, at any depth: commander answers only the first word
 * behind `help`, and one that it does not know without a sentence. So such a word stands by itself, to be refused as always.
 */
export const helpWords = (at: Command, words: readonly string[]): readonly string[] => {
  const [word, ...rest] = words;
  const inner = commandIn(at, word);
  if (word !== undefined && inner !== undefined) return [word, ...helpWords(inner, rest)];
  if (word !== "help" || at.commands.length === 0) return words;
  const names = rest.filter((name) => !name.startsWith("-"));
  return names.length === 0 || names[0] === "help" ? ["--help"] : asked(at, names);
};

const asked = (at: Command, [name, ...rest]: readonly string[]): readonly string[] => {
  // Behind a command without others stands at most what it would be given.
  if (name === undefined || at.commands.length === 0) return ["--help"];
  const inner = commandIn(at, name);
  return inner === undefined ? [name] : [name, ...asked(inner, rest)];
};

const commandIn = (at: Command, word: string | undefined): Command | undefined =>
  at.commands.find((command) => command.name() === word);
