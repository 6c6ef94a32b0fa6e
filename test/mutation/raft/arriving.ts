import type { Mutant } from "./mutant.ts";

/** Faults of what arrives late or for others, of snapshots on their way, and of what a node starts with. */
export const arriving: readonly Mutant[] = [
  {
    name: "a chunk of an earlier term is taken",
    edits: [
      {
        file: "receive.ts",
        find: "if (term < state.term) return answerOld(turn, message);",
        replace: 'if (term < state.term && type !== "snapshotChunk") return answerOld(turn, message);',
      },
    ],
  },
  {
    name: "a refusal of an earlier term is believed",
    edits: [
      {
        file: "receive.ts",
        find: "if (term < state.term) return answerOld(turn, message);",
        replace: 'if (term < state.term && type !== "appendRejected") return answerOld(turn, message);',
      },
    ],
  },
  {
    name: "a chunk that was wanted in an earlier term is sent",
    edits: [
      {
        file: "receive.ts",
        find: "if (term < state.term) return answerOld(turn, message);",
        replace: 'if (term < state.term && type !== "snapshotWanted") return answerOld(turn, message);',
      },
    ],
  },
  {
    name: "a message to another node is taken",
    edits: [
      {
        file: "receive.ts",
        find: "if (to !== state.id || from === state.id ||",
        replace: "if (to < 0 || from === state.id ||",
      },
    ],
  },
  {
    name: "any acknowledgement ends a snapshot that is being sent",
    edits: [
      {
        file: "replication.ts",
        find: "if (match >= state.log.base) {",
        replace: "if (match >= 0) {",
      },
    ],
  },
  {
    name: "a newer snapshot of a leader continues its older one",
    edits: [
      { file: "snapshot-receiving.ts", find: " && known.snapshot.index === snapshot.index;", replace: ";" },
    ],
  },
  {
    name: "an own snapshot under way outlives the one that is taken over",
    edits: [{ file: "snapshot-receiving.ts", find: "      state.taking = null;\n", replace: "" }],
  },
  {
    name: "a write from before a snapshot makes the log behind it stable",
    edits: [
      {
        file: "snapshot-receiving.ts",
        find: "      state.writes = state.writes.map(({ token }) => ({ token, last: 0 }));\n",
        replace: "",
      },
    ],
  },
  {
    name: "a snapshot that is complete is asked for once more",
    edits: [{ file: "snapshot-receiving.ts", find: "  if (same && known.complete) return;\n", replace: "" }],
  },
  {
    name: "a chunk that is sent again begins the snapshot anew",
    edits: [
      {
        file: "snapshot-sending.ts",
        find: "index === snapshot?.index ? offset : 0",
        replace: "index === snapshot?.index ? 0 * offset : 0",
      },
    ],
  },
  {
    name: "a node starts with chunks of no characters",
    edits: [{ file: "start-checks.ts", find: '  "chunkCharsMax",\n', replace: "" }],
  },
  {
    name: "a node starts with a learner that is named twice",
    edits: [
      {
        file: "start-checks.ts",
        find: "const all = [id, ...voters, ...learners];\n  invariant(all.every(isId)",
        replace: "const all = [id, ...voters, ...new Set(learners)];\n  invariant(all.every(isId)",
      },
    ],
  },
  {
    name: "a command that is larger than the bound never passes",
    edits: [
      {
        file: "propose.ts",
        find: "return uncommittedChars > 0 && uncommittedChars + chars",
        replace: "return uncommittedChars + chars",
      },
    ],
  },
  {
    name: "a chunk fills a message of a NATS server alone",
    edits: [{ file: "types.ts", find: "chunkCharsMax: 128 * 1024,", replace: "chunkCharsMax: 1024 * 1024," }],
  },
];
