import type { Mutant } from "./mutant.ts";

/** More faults of members and reads, and of what hosts a node: its sessions, its client and its disk. */
export const serving: readonly Mutant[] = [
  {
    name: "members without a voter are taken",
    edits: [{ file: "membership.ts", find: "    voters.length > 0 &&\n", replace: "" }],
  },
  {
    name: "a member that is named twice is taken",
    edits: [{ file: "membership.ts", find: "    new Set(all).size === all.length &&\n", replace: "" }],
  },
  {
    name: "members change while leadership is handed over",
    edits: [
      {
        file: "membership.ts",
        find: 'if (state.transfer !== null) return reject(turn, id, "transferring");',
        replace: "",
      },
    ],
  },
  {
    name: "a leader forgets how far members are when they change",
    edits: [
      {
        file: "membership.ts",
        find: "peersOf(state).map((id) => progressOf(state, id) ?? freshProgress(id, next));",
        replace: "peersOf(state).map((id) => freshProgress(progressOf(state, id)?.id ?? id, next));",
      },
    ],
  },
  {
    name: "a leader that was removed goes before that is committed",
    edits: [
      {
        file: "membership.ts",
        find: "if (latest === undefined || latest.index > state.commit) return;",
        replace:
          "if (latest === undefined || (latest.index > state.commit && latest.members.outgoing.length > 0)) return;",
      },
    ],
  },
  {
    name: "new members are not written to the log that others follow",
    edits: [
      {
        file: "membership.ts",
        find: '  replicateToAll(turn, "entries");\n',
        replace: '  if (next < 0) replicateToAll(turn, "entries");\n',
      },
    ],
  },
  {
    name: "an answer to a heartbeat of an earlier term confirms reads",
    edits: [
      {
        file: "receive.ts",
        find: "if (term < state.term) return answerOld(turn, message);",
        replace: 'if (term < state.term && type !== "heartbeatResponse") return answerOld(turn, message);',
      },
    ],
  },
  {
    name: "reads have no bound",
    edits: [
      {
        file: "reads.ts",
        find: "if (state.reads.length >= state.options.readsMax)",
        replace: "if (state.reads.length >= Number.POSITIVE_INFINITY * state.options.readsMax)",
      },
    ],
  },
  {
    name: "whoever does not lead serves reads",
    edits: [
      {
        file: "reads.ts",
        find: 'if (state.role !== "leader") return reject(turn, id, "notLeader");',
        replace:
          'if (state.role !== "leader") return void turn.effects.push({ type: "readReady", id, index: state.applied });',
      },
    ],
  },
  {
    name: "reads that come during a round wait for ever",
    edits: [
      {
        file: "reads.ts",
        find: "if (state.reads.some(({ round }) => round > state.readRound)) state.readRound += 1;",
        replace:
          "if (state.reads.every(({ round }) => round > state.readRound) && state.reads.length > 0) state.readRound += 1;",
      },
      {
        file: "reads.ts",
        find: "if (confirmed >= state.readRound && state.reads.some(({ round }) => round > state.readRound)) {",
        replace: "if (confirmed < 0) {",
      },
    ],
  },
  {
    name: "a read that came before its term had committed anything is served as if nothing ever was",
    edits: [
      {
        file: "reads.ts",
        find: "const index = known ?? (committed ? state.commit : null);",
        replace: "const index = known ?? (committed ? 0 : null);",
      },
    ],
  },
  {
    name: "a command that comes again takes effect again",
    edits: [
      {
        file: "../coordinator/sessions.ts",
        find: "if (isRepeated) return { sessions, event: undefined };",
        replace: "",
      },
    ],
  },
  {
    name: "a number below the first open one takes effect again",
    edits: [{ file: "../coordinator/sessions.ts", find: "seq < known.firstOpen || ", replace: "" }],
  },
  {
    name: "a command of a session that ended takes effect",
    edits: [
      {
        file: "../coordinator/sessions.ts",
        find: "if (known === undefined || known.session !== command.session)",
        replace: "if (known === undefined)",
      },
    ],
  },
  {
    name: "answers are forgotten before their client has recorded them",
    edits: [
      {
        file: "../coordinator/sessions.ts",
        find: "const answers = [...known.answers.filter(({ index }) => index > recorded), answer];",
        replace: "const answers = [...known.answers.filter(({ index }) => index > recorded + 1e9), answer];",
      },
    ],
  },
  {
    name: "a new session does not learn what the earlier one was answered",
    edits: [
      {
        file: "../coordinator/sessions.ts",
        find: "answers: (known?.answers ?? []).filter(({ index }) => index > recorded).map(ofEarlier),",
        replace:
          "answers: (known?.answers ?? []).filter(({ index }) => index < recorded - index).map(ofEarlier),",
      },
    ],
  },
  {
    name: "an opening that comes again opens another session",
    edits: [
      {
        file: "../coordinator/sessions.ts",
        find: 'if (known?.opening === opening) return { sessions, event: { type: "opened", client, session: known } };',
        replace: "",
      },
    ],
  },
  {
    name: "committed time falls",
    edits: [
      {
        file: "../coordinator/sessions.ts",
        find: "tick: Math.max(sessions.tick, command.tick)",
        replace: "tick: command.tick",
      },
    ],
  },
  {
    name: "sessions never expire",
    edits: [
      {
        file: "../coordinator/sessions.ts",
        find: "sessions.tick - tick <= sessionTicks)",
        replace: "sessions.tick - tick <= sessionTicks * 1e9)",
      },
    ],
  },
  {
    name: "the host sends messages that wait for a write",
    edits: [
      {
        file: "../coordinator/replica.ts",
        find: "if (effect.after === null || effect.after <= state.persisted) deps.post(effect.message);",
        replace: "if (effect.after === null || effect.after > 0) deps.post(effect.message);",
      },
    ],
  },
  {
    name: "the host loses messages that wait for a write",
    edits: [
      {
        file: "../coordinator/replica.ts",
        find: "        if (one.after <= upTo) deps.post(one.message);\n        else held.push(one);\n",
        replace: "        if (one.after > upTo) held.push(one);\n",
      },
    ],
  },
  {
    name: "the host reports writes before they are on disk",
    edits: [
      {
        file: "../coordinator/group.ts",
        find: "      store?.write(batch);\n      for (const { node, write } of batch) replicaOf(node)?.persisted(write.token);",
        replace:
          "      for (const { node, write } of batch) replicaOf(node)?.persisted(write.token);\n      store?.write(batch);",
      },
    ],
  },
  {
    name: "the client gives up what a lost leader was handed",
    edits: [
      {
        file: "../coordinator/client.ts",
        find: "if (pending.sentIn !== undefined && pending.sentIn < term) pending.sentIn = undefined;",
        replace: "if (pending.sentIn !== undefined && pending.sentIn < 0) pending.sentIn = undefined;",
      },
    ],
  },
  {
    name: "the client forgets what was turned away",
    edits: [
      {
        file: "../coordinator/client.ts",
        find: "    const pending = open.get(Number(id));\n    if (pending !== undefined) pending.sentIn = undefined;",
        replace: "",
      },
    ],
  },
];
