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
  const values = voters.map(valueOf);
  let highest = 0;
  for (const value of values) {
    let reached = 0;
    for (const other of values) if (other >= value) reached += 1;
    if (value > highest && reached * 2 > values.length) highest = value;
  }
  return highest;
};
