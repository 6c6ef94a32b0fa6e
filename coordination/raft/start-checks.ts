import { invariant } from "../protocol/invariant.ts";
import { defaultRaftOptions, type Node, type RaftOptions, type Stored } from "./types.ts";

/** Refuses a node that would break Raft's promises from its first step on; what is wrong would show much later. */
export const checkStart = ({ id, voters, learners = [], seed, stored }: Node): void => {
  const all = [id, ...voters, ...learners];
  invariant(all.every(isId), `ids are whole numbers from 1: ${all.join()}`);
  invariant(!learners.some((learner) => voters.includes(learner)), "a learner that votes");
  invariant(
    new Set(all.slice(1)).size === all.length - 1,
    `a member that is named twice: ${all.slice(1).join()}`,
  );
  invariant(Number.isFinite(seed), `a seed is a number: ${seed}`);
  if (stored === undefined) return;
  const { vote } = stored.hardState;
  invariant(vote === null || isId(vote), `a stored vote is an id or null: ${vote}`);
  checkTerms(stored);
};

/** Terms never fall along a log, and a node knows of every term that its log holds. */
const checkTerms = ({ hardState: { term }, snapshot, entries }: Stored): void => {
  invariant(Number.isSafeInteger(term) && term >= 0, `a stored term is a whole number: ${term}`);
  let last = snapshot?.term ?? 0;
  for (const entry of entries) {
    if (entry.index <= (snapshot?.index ?? 0)) continue;
    invariant(entry.term >= last, `stored terms fall at entry ${entry.index}`);
    last = entry.term;
  }
  invariant(term >= last, `the stored term ${term} is below that of the log, ${last}`);
};

/** All options, those that are not given by default. */
export const withDefaults = (options: Partial<RaftOptions> = {}): RaftOptions => {
  for (const name of Object.keys(options))
    invariant(
      Object.hasOwn(defaultRaftOptions, name),
      `there is no option ${name}; there are ${Object.keys(defaultRaftOptions).join(", ")}`,
    );
  const merged = { ...defaultRaftOptions, ...options };
  const { lazyCommit, ...counts } = merged;
  invariant(typeof lazyCommit === "boolean", "the option lazyCommit is true or false");
  for (const [name, value] of Object.entries(counts))
    invariant(
      Number.isSafeInteger(value) && value >= leastOf(name),
      `the option ${name} is a whole number from ${leastOf(name)}: ${String(value)}`,
    );
  const { electionTicks, heartbeatTicks } = merged;
  invariant(
    heartbeatTicks < electionTicks,
    `heartbeatTicks, ${heartbeatTicks}, is below electionTicks, ${electionTicks}`,
  );
  return merged;
};

/** Of timeouts that are all equal none could break a tie. */
const leastOf = (name: string): number => (name === "electionTicks" ? 2 : stopsAtNone.has(name) ? 1 : 0);

/** With none of these a node would stand still, or take one snapshot after the other. */
const stopsAtNone: ReadonlySet<string> = new Set<keyof RaftOptions>([
  "heartbeatTicks",
  "inFlightAppendsMax",
  "inFlightCharsMax",
  "snapshotEvery",
  "chunkCharsMax",
]);

const isId = (id: number): boolean => Number.isSafeInteger(id) && id > 0;
