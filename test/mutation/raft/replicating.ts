import type { Mutant } from "./mutant.ts";

/** Faults of the log: appends, commits, the disk and snapshots. */
export const replicating: readonly Mutant[] = [
  {
    name: "every append cuts the log",
    edits: [
      {
        file: "following.ts",
        find: "const fresh = firstConflict(turn, entries);",
        replace: "const fresh = entries[0];",
      },
    ],
  },
  {
    name: "every append cuts the log, committed or not",
    edits: [
      {
        file: "following.ts",
        find: "const fresh = firstConflict(turn, entries);",
        replace: "const fresh = entries[0];",
      },
      {
        file: "following.ts",
        find: "if (prevIndex < state.commit) return accept(turn, request, state.commit);",
        replace: "",
      },
      {
        file: "following.ts",
        find: 'invariant(fresh.index > state.commit, "a committed entry conflicts with the leader\'s");',
        replace: "invariant(true, String(turn));",
      },
    ],
  },
  {
    name: "an append does not look at the entry before it",
    edits: [
      {
        file: "following.ts",
        find: "if (termAt(state.log, prevIndex) !== prevTerm) return refuse(turn, request);",
        replace: "if (prevIndex > lastIndexOf(state.log)) return refuse(turn, request);",
      },
    ],
  },
  {
    name: "a follower commits what the append did not reach",
    edits: [
      {
        file: "following.ts",
        find: "commitTo(turn, Math.min(request.commit, matched));",
        replace: "commitTo(turn, Math.min(request.commit, lastIndexOf(state.log)));",
      },
    ],
  },
  {
    name: "a follower acknowledges all of its log",
    edits: [
      {
        file: "following.ts",
        find: "const matched = prevIndex + entries.length;",
        replace: "const matched = lastIndexOf(state.log);",
      },
    ],
  },
  {
    name: "a heartbeat commits what the follower may not have",
    edits: [
      {
        file: "reads.ts",
        find: "const commit = Math.min(state.commit, match);",
        replace: "const commit = state.commit + 0 * match;",
      },
    ],
  },
  {
    name: "entries are acknowledged before they are on disk",
    edits: [{ file: "following.ts", find: 'term, match }, "log");', replace: 'term, match }, "vote");' }],
  },
  {
    name: "entries of an earlier term are committed by counting",
    edits: [
      {
        file: "commit.ts",
        find: "if (reached <= state.commit || termAt(state.log, reached) !== state.term) return;",
        replace: "if (reached <= state.commit || termAt(state.log, reached) === undefined) return;",
      },
    ],
  },
  {
    name: "a leader counts itself before its disk has the entry",
    edits: [
      {
        file: "progress.ts",
        find: "id === state.id ? state.stable :",
        replace: "id === state.id ? state.log.base + state.log.length :",
      },
    ],
  },
  {
    name: "a leader takes what it sent for what arrived",
    edits: [
      {
        file: "progress.ts",
        find: "(progressOf(state, id)?.match ?? 0);",
        replace: "((progressOf(state, id)?.next ?? 1) - 1);",
      },
    ],
  },
  {
    name: "the commit index falls",
    edits: [
      {
        file: "commit.ts",
        find: "if (index > state.commit) state.commit = index;",
        replace: "state.commit = index;",
      },
    ],
  },
  {
    name: "what is not committed is applied",
    edits: [
      {
        file: "commit.ts",
        find: "const upTo = Math.min(state.commit, state.stable);",
        replace: "const upTo = state.stable;",
      },
    ],
  },
  {
    name: "what is not on the own disk is applied",
    edits: [
      {
        file: "commit.ts",
        find: "const upTo = Math.min(state.commit, state.stable);",
        replace: "const upTo = state.commit;",
      },
    ],
  },
  {
    name: "a new leader writes no entry of its own",
    edits: [
      {
        file: "roles.ts",
        find: 'appendOwn(turn, [{ type: "noop", leader: state.id }])',
        replace: "appendOwn(turn, [])",
      },
    ],
  },
  {
    name: "a refused append is sent again as it was",
    edits: [
      {
        file: "replication.ts",
        find: "probed(peer, Math.max(1, Math.min(prevIndex, agreed + 1)));",
        replace: "probed(peer, Math.max(peer.next, Math.min(1, agreed)));",
      },
    ],
  },
  {
    name: "a probe that was lost is never sent again",
    edits: [{ file: "receive.ts", find: "    probing: false,\n", replace: "" }],
  },
  {
    name: "an append that was lost is never missed",
    edits: [
      {
        file: "receive.ts",
        find: 'if (peer.match < lastIndexOf(state.log) || peer.mode === "probe") replicate(turn, peer, "commit");',
        replace: 'if (peer.match < lastIndexOf(state.log)) replicate(turn, peer, "entries");',
      },
    ],
  },
  {
    name: "a full window never opens again",
    edits: [
      {
        file: "receive.ts",
        find: "inFlight: full ? known.inFlight.slice(1) : known.inFlight,",
        replace: "inFlight: full ? known.inFlight : known.inFlight,",
      },
      {
        file: "receive.ts",
        find: 'if (peer.match < lastIndexOf(state.log) || peer.mode === "probe") replicate(turn, peer, "commit");',
        replace:
          'if (peer.match < lastIndexOf(state.log) && !full || peer.mode === "probe") replicate(turn, peer, "commit");',
      },
    ],
  },
  {
    name: "the window has no bound",
    edits: [
      { file: "replication.ts", find: " && inFlight.length < state.options.inFlightAppendsMax", replace: "" },
      {
        file: "replication.ts",
        find: "return options.inFlightCharsMax - chars;",
        replace: "return Number.POSITIVE_INFINITY * options.inFlightCharsMax - chars;",
      },
    ],
  },
  {
    name: "the uncommitted log has no bound",
    edits: [
      {
        file: "propose.ts",
        find: "return uncommittedChars > 0 && uncommittedChars + chars > options.uncommittedCharsMax",
        replace: "return uncommittedChars + chars > Number.POSITIVE_INFINITY * options.uncommittedCharsMax",
      },
    ],
  },
  {
    name: "what is committed still counts as uncommitted",
    edits: [
      {
        file: "commit.ts",
        find: "state.uncommittedChars -= charsBetween",
        replace: "state.uncommittedChars -= 0 * charsBetween",
      },
    ],
  },
  {
    name: "what is cut from the log stays on disk",
    edits: [{ file: "turn.ts", find: "  turn.truncateFrom = first;\n", replace: "" }],
  },
  {
    name: "what is cut from the log still counts as on disk",
    edits: [{ file: "turn.ts", find: "  state.stable = Math.min(state.stable, first - 1);\n", replace: "" }],
  },
  {
    name: "a write of entries that were cut makes what replaced them stable",
    edits: [{ file: "turn.ts", find: "last: Math.min(last, first - 1) }));", replace: "last }));" }],
  },
  {
    name: "new entries are not written to disk",
    edits: [
      {
        file: "turn.ts",
        find: "return { token, hardState, snapshot, truncateFrom, entries: appended };",
        replace: "return { token, hardState, snapshot, truncateFrom, entries: [] };",
      },
    ],
  },
  {
    name: "an old snapshot is taken over",
    edits: [
      {
        file: "snapshot-receiving.ts",
        find: "if (snapshot.index <= state.commit) return accept(turn, from, state.commit);",
        replace: "",
      },
      { file: "snapshot-receiving.ts", find: "  if (index > state.commit) {", replace: "  if (index > 0) {" },
    ],
  },
  {
    name: "a snapshot takes the place of a log that agrees with it",
    edits: [
      {
        file: "snapshot-receiving.ts",
        find: "if (termAt(state.log, index) !== term) {",
        replace: "if (termAt(state.log, index) !== -1) {",
      },
    ],
  },
  {
    name: "a snapshot is acknowledged before it is on disk",
    edits: [
      { file: "snapshot-receiving.ts", find: 'term, match }, "log");', replace: 'term, match }, "vote");' },
    ],
  },
  {
    name: "a snapshot is restored before it is on disk",
    edits: [
      {
        file: "snapshot-receiving.ts",
        find: "if (restoring === null || state.persisted < restoring.token) return;",
        replace: "if (restoring === null) return;",
      },
    ],
  },
  {
    name: "a chunk of one snapshot continues another",
    edits: [
      {
        file: "snapshot-receiving.ts",
        find: "const same = known?.from === from && known.term === term && known.snapshot.index === snapshot.index;",
        replace: "const same = known !== null;",
      },
    ],
  },
  {
    name: "a chunk that was lost is never sent again",
    edits: [
      {
        file: "snapshot-sending.ts",
        find: "if (waited % options.electionTicks > 0)",
        replace: "if (waited > 0 * options.electionTicks)",
      },
    ],
  },
  {
    name: "a snapshot has the members of a later time",
    edits: [
      {
        file: "snapshot-taking.ts",
        find: "const members = membersAt(state, index);",
        replace: "const members = membersAt(state, Number.POSITIVE_INFINITY);",
      },
    ],
  },
  {
    name: "a node that knows no members takes snapshots",
    edits: [{ file: "snapshot-taking.ts", find: "if (members.voters.length === 0) return;", replace: "" }],
  },
];
