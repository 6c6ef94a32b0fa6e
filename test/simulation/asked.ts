import { isWholeNumber, Misuse, quoted, readOptions, wholeNumber, type Typed } from "../support/arguments.ts";
import { numbersOf } from "./raft/shrink.ts";
import { eventsOfAStorm } from "./raft/storm.ts";

export const usage = [
  "usage: npm run simulate -- [--swarm | --raft] (--seed N [--quiet] | --seeds FROM..TO)",
  "       npm run simulate -- --raft (--seed N [--quiet] | --seeds FROM..TO) [--events E] [--without 3,7-9]",
  "       npm run simulate:long -- [--from SEED] [--to SEED], a million seeds of Raft unless told otherwise",
].join("\n");

/** What of Raft's storms is other than their seeds say. */
export type Cut = { readonly events: number; readonly without: ReadonlySet<number> };

/** Which storms to simulate. */
export type Asked =
  | {
      readonly type: "storms";
      readonly from: number;
      readonly to: number;
      /** Only one, of which everything is told; or all of it but the trace, if it is to be quiet. */
      readonly told: "nothing" | "report" | "trace";
      readonly swarm: boolean;
      readonly raft: boolean;
      readonly cut: Cut;
    }
  | { readonly type: "long"; readonly from: number; readonly to: number };

/** Dice have 32 bits: a seed beyond would repeat the storms of a smaller one. */
const seedMax = 2 ** 32 - 1;

/** More than any storm that ends can take, and than it can have accidents. */
const eventsMax = 100_000_000;
const accidentsMax = 1_000_000;

const seedsOfALongRun = 1_000_000;

/** Understands the words behind `npm run simulate --`; the first is `--long` for `simulate:long`. Throws `Misuse`. */
export const askedBy = (words: readonly string[]): Asked =>
  words[0] === "--long" ? longOf(words.slice(1)) : stormsOf(words);

const longOf = (words: readonly string[]): Asked => {
  const typed = readOptions(words, { from: "SEED", to: "SEED" });
  const from = wholeNumber(typed, "from", seedMax) ?? 0;
  const to = wholeNumber(typed, "to", seedMax) ?? Math.min(seedMax, from + seedsOfALongRun - 1);
  // A range without a seed in it would end well, and prove nothing.
  if (from > to)
    throw new Misuse(`no seed is from ${from} to ${to}; give --to a seed that is not below --from`);
  return { type: "long", from, to };
};

const stormsOf = (words: readonly string[]): Asked => {
  const typed = readOptions(words, {
    swarm: "",
    raft: "",
    seed: "N",
    seeds: "FROM..TO",
    quiet: "",
    events: "E",
    without: "3,7-9",
  });
  const [swarm, raft] = [typed.has("swarm"), typed.has("raft")];
  if (swarm && raft) throw new Misuse("--swarm and --raft: leave one out, or both to have both storms");
  const of = { ...seedsOf(typed), cut: cutOf(typed) };
  // Without a choice, a seed stands for both of its storms.
  return { type: "storms", ...of, swarm: !raft, raft: !swarm };
};

const seedsOf = (typed: Typed): Pick<Extract<Asked, { type: "storms" }>, "from" | "to" | "told"> => {
  const seed = wholeNumber(typed, "seed", seedMax);
  const seeds = typed.get("seeds");
  if (seed !== undefined && seeds !== undefined)
    throw new Misuse("--seed and --seeds: leave one of them out");
  if (seed !== undefined) return { from: seed, to: seed, told: typed.has("quiet") ? "report" : "trace" };
  if (seeds === undefined)
    throw new Misuse("say which storm: --seed N, or --seeds FROM..TO for many of them");
  const [from = "", to = "", more] = seeds.split("..");
  const isRange = isWholeNumber(from, seedMax) && isWholeNumber(to, seedMax) && more === undefined;
  if (!isRange || Number(from) > Number(to))
    throw new Misuse(
      `--seeds ${quoted(seeds)} is no range of seeds from 0 to ${seedMax}; write it as in --seeds 1..500`,
    );
  return { from: Number(from), to: Number(to), told: "nothing" };
};

const cutOf = (typed: Typed): Cut => {
  for (const name of ["events", "without"])
    if (typed.has(name) && !typed.has("raft"))
      throw new Misuse(`--${name} cuts storms of Raft only; add --raft, or leave it out`);
  const without = typed.get("without");
  const isList = without?.split(/[,-]/).every((number) => isWholeNumber(number, accidentsMax)) ?? true;
  if (!isList || /-\d*-/.test(without ?? ""))
    throw new Misuse(`--without ${quoted(without ?? "")} lists no accidents; write it as in --without 3,7-9`);
  return {
    events: wholeNumber(typed, "events", eventsMax) ?? eventsOfAStorm,
    without: without === undefined ? new Set() : numbersOf(without),
  };
};
