import type { Mutant } from "./mutant.ts";

/** Faults of quorums, members and reads. */
export const agreeing: readonly Mutant[] = [
  {
    name: "half is a majority",
    edits: [
      {
        file: "quorum.ts",
        find: "return yes * 2 > voters.length;",
        replace: "return yes > 0 && yes * 2 >= voters.length;",
      },
    ],
  },
  {
    name: "the outgoing voters are not asked for votes",
    edits: [
      {
        file: "quorum.ts",
        find: "majority(voters, says) && (outgoing.length === 0 || majority(outgoing, says));",
        replace: "majority(voters, says) || (outgoing.length < 0 && majority(outgoing, says));",
      },
    ],
  },
  {
    name: "the outgoing voters are not asked for commits",
    edits: [
      {
        file: "quorum.ts",
        find: "return outgoing.length === 0 ? value : Math.min(value, majorityValue(outgoing, valueOf));",
        replace: "return outgoing.length >= 0 ? value : 0;",
      },
    ],
  },
  {
    name: "learners count for votes",
    edits: [
      {
        file: "quorum.ts",
        find: "({ voters, outgoing }: Members, says: (id: NodeId) => boolean): boolean =>\n  majority(voters, says)",
        replace:
          "({ voters, outgoing, learners }: Members, says: (id: NodeId) => boolean): boolean =>\n  majority([...voters, ...learners], says)",
      },
    ],
  },
  {
    name: "learners count for commits",
    edits: [
      {
        file: "quorum.ts",
        find: "({ voters, outgoing }: Members, valueOf: (id: NodeId) => number): number => {\n  const value = majorityValue(voters, valueOf);",
        replace:
          "({ voters, outgoing, learners }: Members, valueOf: (id: NodeId) => number): number => {\n  const value = majorityValue([...voters, ...learners], valueOf);",
      },
    ],
  },
  {
    name: "members are in force one change late",
    edits: [
      {
        file: "turn.ts",
        find: "history[history.length - 1]?.members ?? nobody;",
        replace: "history[Math.max(0, history.length - 2)]?.members ?? nobody;",
      },
    ],
  },
  {
    name: "members stay in force when their entry is cut from the log",
    edits: [
      {
        file: "turn.ts",
        find: "  state.history = state.history.filter(({ index }) => index < first);\n",
        replace: "",
      },
    ],
  },
  {
    name: "a restart forgets changes of members",
    edits: [
      {
        file: "state.ts",
        find: "history: [first, ...changes],",
        replace: "history: [first, ...changes.slice(0, 0)],",
      },
    ],
  },
  {
    name: "the joint configuration is left before it is committed",
    edits: [
      {
        file: "membership.ts",
        find: "if (latest === undefined || latest.index > state.commit) return;",
        replace: "if (latest === undefined || latest.members.outgoing.length + latest.index === 0) return;",
      },
    ],
  },
  {
    name: "the joint configuration is never left",
    edits: [
      {
        file: "membership.ts",
        find: "if (latest.members.outgoing.length > 0) appendMembers(turn, { ...latest.members, outgoing: [] });\n  else if",
        replace: "if",
      },
    ],
  },
  {
    name: "two changes of members are under way at once",
    edits: [
      {
        file: "membership.ts",
        find: 'if (isChanging(turn)) return reject(turn, id, "changeUnderWay");',
        replace: "isChanging(turn);",
      },
    ],
  },
  {
    name: "members change before the term has committed anything",
    edits: [
      {
        file: "membership.ts",
        find: 'if (!hasCommittedInTerm(state)) return reject(turn, id, "termTooYoung");',
        replace: "",
      },
    ],
  },
  {
    name: "members change in one step",
    edits: [
      {
        file: "membership.ts",
        find: "sameIds(next.voters, old.voters) ? { ...next, outgoing: [] } : next",
        replace: "sameIds(next.voters, []) ? next : { ...next, outgoing: [] }",
      },
    ],
  },
  {
    name: "a leader that is removed stays one",
    edits: [
      {
        file: "membership.ts",
        find: "else if (!isVoter(state, state.id)) {",
        replace: "else if (state.commit < 0) {",
      },
    ],
  },
  {
    name: "a member that is added gets no entries",
    edits: [
      {
        file: "membership.ts",
        find: "progressOf(state, id) ?? freshProgress(id, next));",
        replace: "progressOf(state, id) ?? { ...freshProgress(id, next), match: next - 1 });",
      },
    ],
  },
  {
    name: "a read asks nobody",
    edits: [
      {
        file: "reads.ts",
        find: "if (index !== null && round <= confirmed && index <= state.applied)",
        replace: "if (index !== null && index <= state.applied)",
      },
    ],
  },
  {
    name: "a read is served before the term has committed anything",
    edits: [
      {
        file: "reads.ts",
        find: "const index = hasCommittedInTerm(state) ? state.commit : null;",
        replace: "const index = state.commit;",
      },
    ],
  },
  {
    name: "a read is served before it is applied",
    edits: [
      {
        file: "reads.ts",
        find: "if (index !== null && round <= confirmed && index <= state.applied)",
        replace: "if (index !== null && round <= confirmed)",
      },
    ],
  },
  {
    name: "a read is confirmed by a round that began before it",
    edits: [
      {
        file: "reads.ts",
        find: "{ id, round: state.readRound + 1, index }];",
        replace: "{ id, round: state.readRound, index }];",
      },
    ],
  },
  {
    name: "any answer confirms the newest round of reads",
    edits: [
      {
        file: "receive.ts",
        find: "read: Math.max(known.read, read),",
        replace: "read: Math.max(known.read, read, state.readRound),",
      },
    ],
  },
  {
    name: "reads die with the office of their leader, and nobody is told",
    edits: [
      {
        file: "roles.ts",
        find: 'for (const { id } of state.reads) reject(turn, id, "lostLeadership");',
        replace: 'for (const { id } of state.reads.slice(0, 0)) reject(turn, id, "lostLeadership");',
      },
    ],
  },
  {
    name: "each read begins a round of its own",
    edits: [
      {
        file: "reads.ts",
        find: "if (confirmedRound(state) >= state.readRound) startRound(turn);",
        replace: "startRound(turn);",
      },
    ],
  },
  {
    name: "a leader hears of a quorum where it hears of the new members alone",
    edits: [
      {
        file: "reads.ts",
        find: "  const alive = hasQuorum(\n    membersOf(state),",
        replace: "  const alive = hasQuorum(\n    { ...membersOf(state), outgoing: [] },",
      },
    ],
  },
  {
    name: "a leader hears of a quorum where it hears of the outgoing members alone",
    edits: [
      {
        file: "reads.ts",
        find: "  const alive = hasQuorum(\n    membersOf(state),",
        replace:
          "  const alive = hasQuorum(\n    { ...membersOf(state), voters: membersOf(state).outgoing.length > 0 ? membersOf(state).outgoing : membersOf(state).voters },",
      },
    ],
  },
  {
    name: "the new members alone confirm reads",
    edits: [
      {
        file: "reads.ts",
        find: "  quorumValue(membersOf(state), (id) =>",
        replace: "  quorumValue({ ...membersOf(state), outgoing: [] }, (id) =>",
      },
    ],
  },
  {
    name: "the outgoing members alone confirm reads",
    edits: [
      {
        file: "reads.ts",
        find: "  quorumValue(membersOf(state), (id) =>",
        replace:
          "  quorumValue({ ...membersOf(state), voters: membersOf(state).outgoing.length > 0 ? membersOf(state).outgoing : membersOf(state).voters }, (id) =>",
      },
    ],
  },
  {
    name: "a transfer goes on to a member that leaves",
    edits: [
      {
        file: "membership.ts",
        find: "  if (state.transfer !== null && !isVoter(state, state.transfer.to)) state.transfer = null;\n",
        replace: "",
      },
    ],
  },
  {
    name: "the voters of a change keep the order in which they were told",
    edits: [
      { file: "membership.ts", find: "{ voters: rising(voters), outgoing", replace: "{ voters, outgoing" },
    ],
  },
  {
    name: "the learners of a change keep the order in which they were told",
    edits: [{ file: "membership.ts", find: "learners: rising(learners) };", replace: "learners };" }],
  },
];
