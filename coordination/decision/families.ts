import type { Elector, VoterFamily } from "../protocol/decision-messages.ts";

/** Families with several electors, in the order of the electorate: their agreement tells less than their number. */
export const familiesOf = (electorate: readonly Elector[]): readonly VoterFamily[] => {
  const families = new Map<string, Elector[]>();
  for (const elector of electorate) {
    const family = elector.family ?? elector.model;
    const members = families.get(family);
    if (members === undefined) families.set(family, [elector]);
    else if (members.every(({ agent }) => agent !== elector.agent)) members.push(elector);
  }
  if (families.size === electorate.length) return none;
  return [...families]
    .filter(([, members]) => members.length > 1)
    .map(([family, members]) => ({
      family,
      voters: members.map(({ agent }) => agent),
      same: members.every(({ model }) => model === members[0]?.model),
    }));
};

const none: readonly VoterFamily[] = [];
