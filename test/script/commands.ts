import { Misspelt, number, numbers, pattern, sections, type Words } from "./words.ts";

type Names = ReadonlyMap<string, readonly number[]>;

/** The operation of the driver that a line means. `docs/raft-driver.md` has both languages. */
export const commandOf = ([verb = "", ...words]: Words, names: Names, matching: Matching): object => {
  const [first] = words;
  switch (verb) {
    case "campaign":
    case "crash":
    case "restart":
    case "pause":
    case "resume":
    case "stall":
    case "unstall":
      return { op: verb, node: number(first) };
    case "tick": {
      const count = words[1] === undefined ? 1 : number(words[1]);
      return { op: verb, count, ...(first === "all" ? {} : { node: number(first) }) };
    }
    case "propose":
      return { op: verb, node: number(first), data: words.slice(1).join(" ") };
    case "read":
      return { op: verb, node: number(first), id: words[1] };
    case "transfer":
      return { op: verb, node: number(first), to: number(words[2]) };
    case "change": {
      const found = sections(words.slice(1), ["voters", "learners", "add", "addLearners", "remove"]);
      const lists = Object.entries(found).map(([name, ids]) => [name, numbers(ids)]);
      return { op: verb, node: number(first), ...Object.fromEntries(lists) };
    }
    case "partition":
      return {
        op: verb,
        groups: words
          .join(" ")
          .split("|")
          .map((group) => numbers(group.trim().split(/\s+/))),
      };
    case "heal":
      return { op: verb };
    case "block":
    case "unblock": {
      const { from, to } = pattern(words, names);
      return { op: verb, from, to };
    }
    case "deliver":
    case "drop":
    case "duplicate":
      return { op: verb, message: matching(words) };
    case "run": {
      const found = sections(words, ["limit", "except"]);
      const limit = found["limit"] === undefined ? {} : { limit: number(found["limit"][0]) };
      return {
        op: verb,
        ...limit,
        ...(found["except"] === undefined ? {} : { except: matching(found["except"]) }),
      };
    }
    default:
      throw new Misspelt(`${verb}: no such word`);
  }
};

/** The numbers of the messages on the wire that a pattern means; at least one. */
type Matching = (words: Words) => readonly number[];

/** The words before the first deed, and the cluster that they describe. */
export const setupWords = ["nodes", "learners", "seed", "option", "node"];

export type Setup = {
  nodes: readonly number[];
  learners: readonly number[];
  seed: number;
  options: Record<string, number | boolean>;
  stored: Record<string, object>;
};

export const readSetup = (setup: Setup, [word, ...words]: Words): void => {
  const [first = ""] = words;
  switch (word) {
    case "nodes":
      setup.nodes = numbers(words);
      return;
    case "learners":
      setup.learners = numbers(words);
      return;
    case "seed":
      setup.seed = number(first);
      return;
    case "option":
      setup.options[first] = words[1] === "true" || number(words[1]);
      return;
    default: {
      const { log = [], term, vote } = sections(words.slice(1), ["log", "term", "vote"]);
      setup.stored[`${number(first)}`] = {
        log: log.map(storedEntry),
        ...(term === undefined ? {} : { term: number(term[0]) }),
        ...(vote === undefined ? {} : { vote: number(vote[0]) }),
      };
    }
  }
};

const storedEntry = (word: string): number | readonly [number, string | null] => {
  const [term, data] = word.split(":");
  return data === undefined ? number(term) : [number(term), data === "-" ? null : data];
};
