import type { Members, NodeId } from "./types.ts";

/** Whether a majority says yes: of the voters, and in a joint configuration of the outgoing voters too. */
export const hasQuorum = ({ voters, outgoing }: Members, says: (id: NodeId) => boolean): boolean =>
  majority(voters, says) && (outgoing.length === 0 || majority(outgoing, says));

/** The highest value that a quorum has reached. Nobody votes: 0. */
export const quorumValue = ({ voters, outgoing }: Members, valueOf: (id: NodeId) => number): number => {
  const value = majorityValue(voters, valueOf);
  return outgoing.length === 0 ? value : Math.min(value, majorityValue(outgoing, valueOf));
};

const majority = (voters: readonly NodeId[], says: (id: NodeId) => boolean): boolean => {
  let yes = 0;
  for (const id of voters) if (says(id)) yes += 1;
  return yes * 2 > voters.length;
};

/** The value that only a minority exceeds: a group has a handful of voters, so each is put in its place as it comes. */
const majorityValue = (voters: readonly NodeId[], valueOf: (id: NodeId) => number): number => {
  const falling: number[] = [];
  for (const id of voters) {
    const value = valueOf(id);
    let place = falling.push(value) - 1;
    for (; place > 0; place -= 1) {
      const before = falling[place - 1] ?? value;
      if (before >= value) break;
      falling[place] = before;
    }
    falling[place] = value;
  }
  return falling[voters.length >> 1] ?? 0;
};
