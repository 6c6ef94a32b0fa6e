import type { Mutant } from "./mutant.ts";

/** More faults of what hosts a node: sessions, the client of a group, its replicas, what carries their messages, and the ends of a disk. */
export const hosting: readonly Mutant[] = [
  {
    name: "of too many clients the one that opened first goes, however lately it spoke",
    edits: [
      {
        file: "../coordinator/sessions.ts",
        find: "other.tick - one.tick || other.session - one.session",
        replace: "other.session - one.session",
      },
    ],
  },
  {
    name: "a client that speaks counts as silent",
    edits: [
      {
        file: "../coordinator/sessions.ts",
        find: "          answers,\n          tick: sessions.tick,",
        replace: "          answers,\n          tick: known.tick,",
      },
    ],
  },
  {
    name: "a late command opens numbers again that were done with",
    edits: [
      {
        file: "../coordinator/sessions.ts",
        find: "const firstOpen = Math.max(known.firstOpen, command.firstOpen);",
        replace: "const firstOpen = command.firstOpen;",
      },
    ],
  },
  {
    name: "what was handed over in a session that expired is not handed over in the next",
    edits: [
      {
        file: "../coordinator/client.ts",
        find: "    for (const pending of open.values()) pending.sentIn = undefined;\n    gather();",
        replace: "    gather();",
      },
    ],
  },
  {
    name: "an opening that was turned away is not repeated",
    edits: [
      {
        file: "../coordinator/client.ts",
        find: "    if (id === openingId) askedIn = undefined;\n",
        replace: "",
      },
    ],
  },
  {
    name: "an opening that a lost leader was handed is not repeated",
    edits: [
      {
        file: "../coordinator/client.ts",
        find: "    if (askedIn !== undefined && askedIn < term) askedIn = undefined;\n",
        replace: "",
      },
    ],
  },
  {
    name: "a client is never done with what it has recorded",
    edits: [
      {
        file: "../coordinator/client.ts",
        find: "if (index !== undefined && index <= recorded) open.delete(seq);",
        replace: "if (index !== undefined && index < 0) open.delete(seq);",
      },
    ],
  },
  {
    name: "what was told with the opening is ordered anew where it is proposed later",
    edits: [
      {
        file: "../coordinator/client.ts",
        find: "    places.set(id, index);\n",
        replace: "    if (places.has(id)) places.set(id, index);\n",
      },
    ],
  },
  {
    name: "what a replica learns by a snapshot is not told",
    edits: [
      {
        file: "../coordinator/client.ts",
        find: "          return known.answers.forEach(answered);",
        replace: "          return known.answers.slice(0, 0).forEach(answered);",
      },
    ],
  },
  {
    name: "a session that expired is not opened anew",
    edits: [
      {
        file: "../coordinator/client.ts",
        find: "          session = undefined;\n          askedIn = undefined;",
        replace: "          session = undefined;",
      },
    ],
  },
  {
    name: "a replica that takes over a snapshot keeps its sessions",
    edits: [
      {
        file: "../coordinator/replica.ts",
        find: "if (stored !== undefined) machine = decode(stored.data);",
        replace: 'if (stored === undefined) machine = decode("{}");',
      },
    ],
  },
  {
    name: "a snapshot holds what was applied after its place",
    edits: [
      {
        file: "../coordinator/replica.ts",
        find: "const data = JSON.stringify(taken);",
        replace: "const data = JSON.stringify(taken === machine ? taken : machine);",
      },
    ],
  },
  {
    name: "the last chunk of a snapshot does not say so",
    edits: [
      {
        file: "../coordinator/replica.ts",
        find: "offset + data.length >= snapshot.length;",
        replace: "offset + data.length > snapshot.length;",
      },
    ],
  },
  {
    name: "commands go to a leader of the past",
    edits: [
      {
        file: "../coordinator/group.ts",
        find: "replica.state().term > (found?.state().term ?? 0)",
        replace: "found === undefined",
      },
    ],
  },
  {
    name: "time is never committed",
    edits: [
      {
        file: "../coordinator/group.ts",
        find: "if (ticks % timeTicks === 0) advanceTime();",
        replace: "if (ticks % timeTicks < 0) advanceTime();",
      },
    ],
  },
  {
    name: "one replica that lags keeps a run from going on",
    edits: [
      {
        file: "../coordinator/group.ts",
        find: "Math.max(...replicas.map(",
        replace: "Math.min(...replicas.map(",
      },
    ],
  },
  {
    name: "a batch has no bound",
    edits: [{ file: "../coordinator/transport.ts", find: "    chars += size;\n", replace: "" }],
  },
  {
    name: "chunks of snapshots do not count in a batch",
    edits: [
      {
        file: "../coordinator/transport.ts",
        find: "return message.data.length + overheadChars;",
        replace: "return overheadChars;",
      },
    ],
  },
  {
    name: "groups on one bus hear one another",
    edits: [
      {
        file: "../coordinator/transport.ts",
        find: "`swarm.${subjectToken(group)}.raft.${String(node)}`",
        replace: "`swarm.${subjectToken(group).slice(0, 0)}g.raft.${String(node)}`",
      },
    ],
  },
  {
    name: "entries beyond 2^32 share the keys of the first",
    edits: [
      {
        file: "store-keys.ts",
        find: "Math.floor(first / 0x1_0000_0000), first % 0x1_0000_0000",
        replace: "0, first % 0x1_0000_0000",
      },
    ],
  },
  {
    name: "a record may end with the file",
    edits: [
      {
        file: "journal.ts",
        find: "if (position + record.length >= reserved) {",
        replace: "if (position + record.length > reserved) {",
      },
    ],
  },
  {
    name: "pieces that an earlier process left behind are not found",
    edits: [
      {
        file: "store-keys.ts",
        find: "end: key(kinds.piece, node + 1, 0, 0),",
        replace: "end: key(kinds.piece, node, 0, 0),",
      },
    ],
  },
  {
    name: "a log that ends before its snapshot is not damage",
    edits: [
      { file: "store-entries.ts", find: " || last !== end || end < base)", replace: " || last !== end)" },
    ],
  },
  {
    name: "entries whose first is that of the last write are taken for the same",
    edits: [
      {
        file: "store-disk.ts",
        find: "!entries.every((entry, at) => entry === latest[at])",
        replace: "entries[0] !== latest[0]",
      },
    ],
  },
  {
    name: "a fresh file takes the old one's place before it is on disk",
    edits: [{ file: "journal.ts", find: "    fsyncSync(file);\n", replace: "" }],
  },
  {
    name: "a fresh file has its name before the folder is on disk",
    edits: [{ file: "journal.ts", find: "  fsyncSync(folder);\n", replace: "" }],
  },
];
