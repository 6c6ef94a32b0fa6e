import type { Entry, EntryCommitted } from "./protocol/decision-messages.ts";

/**
 * A replicated log with one member: what it is handed is committed, in that order, in term 1. Its entries live on in the
 * rows of the `decisions` actor, so it keeps none itself. `committed`: how many entries that actor has applied.
 */
export const singleMemberLog = (committed: number) => {
  let index = committed;
  return {
    propose: (entry: Entry): EntryCommitted => {
      index += 1;
      return { type: "entry.committed", term: 1, index, entry };
    },
  };
};
