import type { Mutant } from "./mutant.ts";

/** Faults of what a compaction leaves. */
export const compacting: readonly Mutant[] = [
  {
    name: "members that a compaction forgets are forgotten altogether",
    edits: [
      {
        file: "snapshot-taking.ts",
        find: "{ index: upTo, members: membersAt(state, upTo) },",
        replace: "...state.history.slice(0, 1),",
      },
    ],
  },
  {
    name: "a compaction keeps no entries for those who are a little behind",
    edits: [
      {
        file: "snapshot-taking.ts",
        find: "index - state.options.trailingEntries,",
        replace: "index - 0 * state.options.trailingEntries,",
      },
    ],
  },
  {
    name: "a compaction drops what no snapshot holds",
    edits: [
      {
        file: "snapshot-taking.ts",
        find: "index - state.options.trailingEntries,",
        replace: "Math.max(index, state.applying) - state.options.trailingEntries,",
      },
    ],
  },
  {
    name: "what came while a member took a snapshot is dropped",
    edits: [
      {
        file: "catching-up.ts",
        find: "if (catchUp !== null) upTo = Math.min(upTo, match);",
        replace: "if (catchUp !== null) upTo = Math.max(upTo, match);",
      },
    ],
  },
  {
    name: "the log is kept for a member that does not gain on the leader",
    edits: [
      {
        file: "catching-up.ts",
        find: "lag < peer.catchUp.lag ? { lag, waited: 0 } : null",
        replace: "{ lag, waited: 0 }",
      },
    ],
  },
  {
    name: "the log is kept for a member that has caught up",
    edits: [
      {
        file: "catching-up.ts",
        find: "lagOf(state, match) <= state.options.trailingEntries ? null : catchUp",
        replace: "lagOf(state, match) < 0 ? null : catchUp",
      },
    ],
  },
];
