import type { Mutant } from "./mutant.ts";

/** More faults of what a leader knows of the others, of bounds, of snapshots and of restarts. */
export const keeping: readonly Mutant[] = [
  {
    name: "an append whose entries have a gap is taken",
    edits: [
      {
        file: "following.ts",
        find: "  if (!areConsecutive(entries, prevIndex + 1)) return;\n",
        replace: "  if (!areConsecutive([], prevIndex + 1)) return;\n",
      },
    ],
  },
  {
    name: "an acknowledgement of an earlier term counts",
    edits: [
      {
        file: "receive.ts",
        find: "if (term < state.term) return answerOld(turn, message);",
        replace: 'if (term < state.term && type !== "appendAccepted") return answerOld(turn, message);',
      },
    ],
  },
  {
    name: "an acknowledgement beyond the log counts",
    edits: [
      {
        file: "replication.ts",
        find: "if (peer === undefined || match > lastIndexOf(state.log)) return;",
        replace: "if (peer === undefined || match < 0) return;",
      },
    ],
  },
  {
    name: "a late acknowledgement takes back a later one",
    edits: [
      {
        file: "replication.ts",
        find: "grown.match = Math.max(peer.match, match);",
        replace: "grown.match = match;",
      },
    ],
  },
  {
    name: "a late acknowledgement winds back what is sent next",
    edits: [
      {
        file: "replication.ts",
        find: "grown.next = Math.max(peer.next, match + 1);",
        replace: "grown.next = match + 1;",
      },
    ],
  },
  {
    name: "a late refusal winds back behind what surely agrees",
    edits: [
      {
        file: "replication.ts",
        find: "    if (prevIndex <= peer.match) return;\n    setProgress(turn, probed(peer, peer.match + 1));",
        replace: "    setProgress(turn, probed(peer, Math.min(prevIndex, peer.match + 1)));",
      },
      {
        file: "progress.ts",
        find: "next: Math.max(next, peer.match + 1),",
        replace: "next: Math.max(next, 1),",
      },
    ],
  },
  {
    name: "a refusal of an earlier probe is believed",
    edits: [
      {
        file: "replication.ts",
        find: 'else if (peer.mode === "probe" && prevIndex === peer.next - 1) {',
        replace: 'else if (peer.mode === "probe") {',
      },
    ],
  },
  {
    name: "a leader backs up one entry at a time",
    edits: [
      {
        file: "replication.ts",
        find: "Math.max(1, Math.min(prevIndex, agreed + 1))",
        replace: "Math.max(1, prevIndex + 0 * agreed)",
      },
    ],
  },
  {
    name: "a follower does not say where the logs may agree",
    edits: [
      {
        file: "following.ts",
        find: "const hintIndex = lastUpToTerm(log, prevIndex, prevTerm);",
        replace: "const hintIndex = Math.max(log.base, prevIndex - 1 + 0 * lastUpToTerm(log, 0, prevTerm));",
      },
    ],
  },
  {
    name: "probes go out without waiting for an answer",
    edits: [
      {
        file: "replication.ts",
        find: "setProgress(turn, { ...peer, probing: true });",
        replace: "setProgress(turn, { ...peer, probing: false });",
      },
    ],
  },
  {
    name: "any acknowledgement empties the window",
    edits: [
      {
        file: "replication.ts",
        find: "for (const { last } of inFlight) if (last <= match) arrived += 1;",
        replace: "for (const { last } of inFlight) if (last > -match) arrived += 1;",
      },
    ],
  },
  {
    name: "the appends on their way have no bound in number",
    edits: [
      { file: "replication.ts", find: " && inFlight.length < state.options.inFlightAppendsMax", replace: "" },
    ],
  },
  {
    name: "the appends on their way have no bound in size",
    edits: [
      {
        file: "replication.ts",
        find: "return options.inFlightCharsMax - chars;",
        replace: "return Number.POSITIVE_INFINITY * options.inFlightCharsMax - chars;",
      },
    ],
  },
  {
    name: "appends wait for one another",
    edits: [
      {
        file: "replication.ts",
        find: "inFlight.length < state.options.inFlightAppendsMax",
        replace: "inFlight.length < Math.min(1, state.options.inFlightAppendsMax)",
      },
    ],
  },
  {
    name: "one append has no bound",
    edits: [
      {
        file: "replication.ts",
        find: "if (chars > (end === next ? roomChars : most)) break;",
        replace: "if (chars > (end === next ? roomChars : most + roomChars)) break;",
      },
    ],
  },
  {
    name: "an entry that is larger than an append is never sent",
    edits: [
      {
        file: "replication.ts",
        find: "if (chars > (end === next ? roomChars : most)) break;",
        replace: "if (chars > most) break;",
      },
    ],
  },
  {
    name: "commands have no bound",
    edits: [
      {
        file: "propose.ts",
        find: "const { commandCharsMax } = options;",
        replace: "const commandCharsMax = Number.POSITIVE_INFINITY * options.commandCharsMax;",
      },
    ],
  },
  {
    name: "a new leader counts nothing of what it inherits as uncommitted",
    edits: [
      {
        file: "roles.ts",
        find: "state.uncommittedChars = charsBetween(state.log, state.commit + 1, last);",
        replace: "state.uncommittedChars = 0 * charsBetween(state.log, state.commit + 1, last);",
      },
    ],
  },
  {
    name: "entries leave only when they are on the leader's own disk",
    edits: [
      {
        file: "replication.ts",
        find: '      commit: state.commit,\n    },\n    "vote",',
        replace: '      commit: state.commit,\n    },\n    "log",',
      },
    ],
  },
  {
    name: "a leader remembers of an earlier office how far the others were",
    edits: [
      {
        file: "roles.ts",
        find: "state.progress = peersOf(state).map((id) => freshProgress(id, last + 1));",
        replace:
          "state.progress = state.progress.length > 0 ? state.progress : peersOf(state).map((id) => freshProgress(id, last + 1));",
      },
      { file: "roles.ts", find: "    state.progress = [];\n", replace: "" },
    ],
  },
  {
    name: "heartbeats tell nobody of commits",
    edits: [
      {
        file: "reads.ts",
        find: "const commit = Math.min(state.commit, match);",
        replace: "const commit = Math.min(0, state.commit, match);",
      },
    ],
  },
  {
    name: "a heartbeat commits beyond the log",
    edits: [
      {
        file: "following.ts",
        find: "commitTo(turn, Math.min(commit, lastIndexOf(state.log)));",
        replace: "commitTo(turn, commit + 0 * lastIndexOf(state.log));",
      },
    ],
  },
  {
    name: "whoever was probed is not told of earlier commits",
    edits: [
      {
        file: "receive.ts",
        find: 'if (peer !== undefined) replicate(turn, peer, untold ? "commit" : "entries");',
        replace: 'if (peer !== undefined) replicate(turn, peer, untold ? "entries" : "entries");',
      },
    ],
  },
  {
    name: "a restart takes its whole log for committed",
    edits: [{ file: "state.ts", find: "commit: first.index,", replace: "commit: log.base + log.length," }],
  },
  {
    name: "a restart forgets the members of its snapshot",
    edits: [{ file: "state.ts", find: "members: snapshot?.members ?? {", replace: "members: {" }],
  },
  {
    name: "a restart draws the timeouts of its first life",
    edits: [
      {
        file: "jitter.ts",
        find: "mix(mix(mix(seed | 0) ^ node) ^ draw)",
        replace: "mix(mix(node) ^ (draw + 0 * seed))",
      },
    ],
  },
  {
    name: "a snapshot that was taken over brings no members",
    edits: [
      {
        file: "snapshot-receiving.ts",
        find: "      state.history = [{ index, members: snapshot.members }];\n",
        replace: "      state.history = state.history.slice(0, 1);\n",
      },
    ],
  },
  {
    name: "a snapshot that was taken over commits nothing",
    edits: [{ file: "snapshot-receiving.ts", find: "    commitTo(turn, index);\n", replace: "" }],
  },
  {
    name: "a chunk is taken wherever it begins",
    edits: [
      {
        file: "snapshot-receiving.ts",
        find: "if (offset !== held) return want(turn, from, snapshot.index, held);",
        replace: "if (offset < 0) return want(turn, from, snapshot.index, held);",
      },
    ],
  },
  {
    name: "a chunk that comes twice makes two of every one that follows",
    edits: [
      {
        file: "snapshot-sending.ts",
        find: "if (offset !== peer.snapshot.offset) sendFrom(turn, peer, offset, 0);",
        replace: "sendFrom(turn, peer, offset, 0);",
      },
    ],
  },
  {
    name: "a snapshot is replaced while it is being sent",
    edits: [
      {
        file: "snapshot-taking.ts",
        find: "if (term === undefined || isSendingSnapshot(turn)) return;",
        replace: "if (term === undefined || isSendingSnapshot(turn) === null) return;",
      },
    ],
  },
  {
    name: "a snapshot is replaced with each check of the quorum",
    edits: [
      {
        file: "snapshot-sending.ts",
        find: "progress.some(({ snapshot }) => snapshot !== null && snapshot.waited < patience * options.electionTicks);",
        replace:
          "progress.some(({ snapshot, active }) => snapshot !== null && active && patience * options.electionTicks > 0);",
      },
    ],
  },
  {
    name: "a leader takes over a snapshot",
    edits: [{ file: "roles.ts", find: "  state.receiving = null;\n", replace: "" }],
  },
  {
    name: "an append changes the log that was there before",
    edits: [
      {
        file: "entry-list.ts",
        find: "let tail = list.tail.slice();",
        replace: "let tail = list.tail as Entry[];",
      },
    ],
  },
  {
    name: "what a follower has lost is sent again at once, for ever",
    edits: [{ file: "replication.ts", find: "    if (back.next === peer.next) return;\n", replace: "" }],
  },
  {
    name: "a snapshot goes to members that do not answer",
    edits: [
      {
        file: "snapshot-sending.ts",
        find: "if (peer.active) sendFrom(turn, peer, 0, 0);",
        replace: "sendFrom(turn, peer, 0, 0);",
      },
    ],
  },
  {
    name: "appends go on while a snapshot is being sent",
    edits: [
      {
        file: "replication.ts",
        find: 'if (peer.mode === "snapshot" || peer.probing) return;',
        replace: "if (peer.probing) return;",
      },
    ],
  },
  {
    name: "after its snapshot a member is sent what the snapshot holds",
    edits: [
      {
        file: "replication.ts",
        find: "return void setProgress(turn, probed(grown, match + 1));",
        replace: "return void setProgress(turn, { ...probed(grown, 1), next: 1 });",
      },
    ],
  },
];
