import { createSession, type Reply } from "../driver/session.ts";
import { createWatch } from "./always.ts";
import { commandOf, readSetup, setupWords, type Setup } from "./commands.ts";
import { unmet, type Seen } from "./expectations.ts";
import { fits, Misspelt, number, pattern, type Words } from "./words.ts";

type Ok = Extract<Reply, { ok: true }>;

/**
 * Plays a transcript on a cluster of its own, in memory: a line is a deed, or says what is expected. A failure names its
 * line. An expectation that fails does not end the transcript; a deed that cannot be done does.
 */
export const runScript = (text: string): { failures: string[] } => {
  const failures: string[] = [];
  const play = createPlay();
  for (const [at, line] of text.split("\n").entries()) {
    const words = line
      .replace(/#.*/, "")
      .split(/\s+/)
      .filter((word) => word !== "");
    if (words.length === 0) continue;
    const fail = (problem: string) => failures.push(`line ${at + 1}: ${line.trim()}: ${problem}`);
    try {
      play(words).forEach(fail);
    } catch (error) {
      fail(error instanceof Error ? error.message : String(error));
      if (!(error instanceof Misspelt)) break;
    }
  }
  return { failures };
};

const createPlay = () => {
  const session = createSession();
  const always = createWatch();
  const setup: Setup = { nodes: [], learners: [], seed: 1, options: {}, stored: {} };
  const names = new Map<string, readonly number[]>();
  const reads = new Map<string, Words>();
  let last: Ok | null = null;

  const perform = (op: object): readonly string[] => {
    const reply = session.perform(op);
    if (!reply.ok) throw new Error(reply.error);
    last = reply;
    for (const { id, value } of reply.reads) reads.set(id, value.map(String));
    return always(reply.nodes);
  };

  const begin = (): Ok => {
    if (last === null) perform({ op: "create", ...setup });
    if (last === null) throw new Error("there is no cluster");
    return last;
  };

  const seen = (): Seen => {
    const { nodes, messages, accepted, rejected } = begin();
    return {
      nodes,
      messages,
      accepted: accepted.length,
      rejected: rejected.map(({ reason }) => reason),
      reads,
      names,
    };
  };

  const matching = (words: Words): readonly number[] => {
    const wanted = pattern(words, names);
    const found = begin().messages.filter((message) => fits(wanted, message));
    if (found.length === 0) throw new Error(unmet(["message", ...words], seen()) ?? "no such message");
    return found.map(({ id }) => id);
  };

  return (words: Words): readonly string[] => {
    const [verb = "", ...rest] = words;
    if (setupWords.includes(verb)) {
      if (last !== null) throw new Misspelt(`${verb}: the cluster is there already`);
      readSetup(setup, words);
      return [];
    }
    begin();
    if (verb === "expect") {
      const problem = unmet(rest, seen());
      return problem === undefined ? [] : [problem];
    }
    if (verb === "name") {
      names.set(rest[0] ?? "", matching(rest.slice(rest[1] === "=" ? 2 : 1)));
      return [];
    }
    if (verb === "rounds") {
      const rounds = Array.from({ length: number(rest[0]) });
      const run = commandOf(["run", ...rest.slice(1)], names, matching);
      return rounds.flatMap(() => [...perform({ op: "tick" }), ...perform(run)]);
    }
    return perform(commandOf(words, names, matching));
  };
};
