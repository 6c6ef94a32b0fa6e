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

/** Without sorting: a group has a handful of voters, and this runs at every acknowledgement. */
const majorityValue = (voters: readonly NodeId[], valueOf: (id: NodeId) => number): number => {
  let highest = 0;
  for (const id of voters) {
    const value = valueOf(id);
    if (value <= highest) continue;
    let reached = 0;
    for (const other of voters) if (valueOf(other) >= value) reached += 1;
    if (reached * 2 > voters.length) highest = value;
  }
  return highest;
};
