import type { NodeView } from "../driver/view.ts";

/** Watches every reply of a transcript for what may never be, whatever the transcript itself looks at. */
export const createWatch = () => {
  const leaders = new Map<number, number>();
  const committed = new Map<number, string>();
  const promises = new Map<number, { term: number; vote: number | null }>();
  let longest: readonly string[] = [];

  const ofLeaders = ({ id, role, term, up }: NodeView): string | undefined => {
    if (!up || role !== "leader") return undefined;
    const known = leaders.get(term) ?? id;
    leaders.set(term, known);
    return known === id ? undefined : `two leaders of term ${term}: ${known} and ${id}`;
  };

  /** What a stalled disk has not taken is no promise yet. */
  const ofPromises = ({ id, term, vote, stalled }: NodeView): string | undefined => {
    const before = promises.get(id);
    if (stalled) promises.delete(id);
    else promises.set(id, { term, vote });
    if (before === undefined || stalled) return undefined;
    if (term < before.term) return `node ${id} fell from term ${before.term} to ${term}`;
    return term === before.term && before.vote !== null && before.vote !== vote
      ? `node ${id} took back its vote in term ${term}`
      : undefined;
  };

  const ofCommits = ({ id, first, log, commit, applied }: NodeView): string | undefined => {
    if (applied > commit) return `node ${id} applied ${applied} and committed ${commit}`;
    for (const [at, entry] of log.entries()) {
      const index = first + at;
      if (index > commit) break;
      const text = JSON.stringify(entry);
      const known = committed.get(index) ?? text;
      committed.set(index, known);
      if (known !== text) return `node ${id} committed ${text} at ${index}, where ${known} was`;
    }
    return commit >= first + log.length ? `node ${id} committed beyond its log` : undefined;
  };

  const ofMachines = ({ id, machine }: NodeView): string | undefined => {
    const words = machine.map((data) => JSON.stringify(data));
    const [short, long] = words.length > longest.length ? [longest, words] : [words, longest];
    longest = long;
    return short.every((word, at) => word === long[at]) ? undefined : `node ${id} applied other commands`;
  };

  const looks = [ofLeaders, ofPromises, ofCommits, ofMachines];
  return (nodes: readonly NodeView[]): readonly string[] =>
    nodes.flatMap((node) => looks.flatMap((look) => look(node) ?? []));
};
