import type { DecisionOpened, Elector } from "../protocol/decision-messages.ts";

/** Who may vote, each agent once. Closed when the decision opens. */
export const electorateOf = (opened: DecisionOpened): readonly Elector[] =>
  firstOfEach(opened.electorate, ({ agent }) => agent);

/** What may be voted for, each option once. */
export const optionsOf = (opened: DecisionOpened): readonly string[] => [...new Set(opened.options)];

/** Electors that must be present: more than half, and as many as the task `wants`. An abstention is present. */
export const quorumOf = (electors: number, wants = 0): number =>
  Math.max(Math.floor(electors / 2) + 1, wants);

/** Most liars that a critical decision withstands. */
export const faultsOf = (electors: number): number => Math.floor(Math.max(0, electors - 1) / 3);

const firstOfEach = <Item>(items: readonly Item[], key: (item: Item) => string): readonly Item[] => {
  const seen = new Set<string>();
  return items.filter((item) => !seen.has(key(item)) && seen.add(key(item)));
};
