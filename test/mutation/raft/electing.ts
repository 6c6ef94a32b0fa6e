import type { Mutant } from "./mutant.ts";

/** Faults of elections: votes, pre-votes, terms and time. */
export const electing: readonly Mutant[] = [
  {
    name: "a vote that comes twice counts twice",
    edits: [
      {
        file: "election.ts",
        find: "if (state.votes.some((vote) => vote.from === from)) return;",
        replace: "",
      },
      {
        file: "election.ts",
        find: "if (hasQuorum(members, said(true))) {",
        replace: "if (state.votes.filter(({ granted }) => granted).length * 2 > members.voters.length) {",
      },
    ],
  },
  {
    name: "a vote of an earlier term counts",
    edits: [
      {
        file: "receive.ts",
        find: "if (term < state.term) return answerOld(turn, message);",
        replace: 'if (term < state.term && type !== "voteResponse") return answerOld(turn, message);',
      },
    ],
  },
  {
    name: "a refused vote counts",
    edits: [
      {
        file: "election.ts",
        find: "if (hasQuorum(members, said(true))) {",
        replace: "if (hasQuorum(members, (id) => state.votes.some(({ from }) => from === id))) {",
      },
    ],
  },
  {
    name: "an answer to an earlier round of pre-votes counts",
    edits: [
      {
        file: "election.ts",
        find: 'if (state.role === "preCandidate" && round === state.round) record',
        replace: 'if (state.role === "preCandidate") record',
      },
      {
        file: "receive.ts",
        find: "if (term === state.term + 1) onPreVoteResponse(turn, message);",
        replace: "onPreVoteResponse(turn, message);",
      },
    ],
  },
  {
    name: "a node votes for any log",
    edits: [
      {
        file: "election.ts",
        find: "const granted = free && isUpToDate(state.log, lastIndex, lastTerm);",
        replace: "const granted = free;",
      },
    ],
  },
  {
    name: "a longer log beats a later term",
    edits: [
      {
        file: "log.ts",
        find: "lastTerm > lastTermOf(log) || (lastTerm === lastTermOf(log) && lastIndex >= lastIndexOf(log));",
        replace: "lastIndex >= lastIndexOf(log);",
      },
    ],
  },
  {
    name: "a node votes for everybody who asks",
    edits: [
      {
        file: "election.ts",
        find: "const free = state.vote === from || (state.vote === null && state.leader === null);",
        replace: "const free = true;",
      },
    ],
  },
  {
    name: "a vote is not written to disk",
    edits: [
      {
        file: "election.ts",
        find: "      state.vote = from;\n      turn.hard = true;",
        replace: "      state.vote = from;",
      },
    ],
  },
  {
    name: "a vote leaves before it is on disk",
    edits: [
      {
        file: "election.ts",
        find: 'term: state.term, granted }, "vote");',
        replace: 'term: state.term, granted }, "nothing");',
      },
    ],
  },
  {
    name: "a candidate counts its own vote before it is on disk",
    edits: [
      {
        file: "election.ts",
        find: 'becomeCandidate(turn, "candidate");',
        replace: 'becomeCandidate(turn, "candidate");\n  record(turn, state.id, true);',
      },
    ],
  },
  {
    name: "any write that is on disk counts as the own vote",
    edits: [
      {
        file: "election.ts",
        find: "&& state.persisted >= state.lastHardWrite) record",
        replace: ") record",
      },
    ],
  },
  {
    name: "a new term is not written to disk",
    edits: [
      {
        file: "roles.ts",
        find: "  state.vote = vote;\n  turn.hard = true;",
        replace: "  state.vote = vote;",
      },
    ],
  },
  {
    name: "a vote outlives its term",
    edits: [{ file: "roles.ts", find: "  state.vote = vote;\n", replace: "  state.vote ??= vote;\n" }],
  },
  {
    name: "a restart forgets the vote",
    edits: [{ file: "state.ts", find: "vote: stored?.hardState.vote ?? null,", replace: "vote: null," }],
  },
  {
    name: "a restart forgets the term",
    edits: [{ file: "state.ts", find: "term: stored?.hardState.term ?? 0,", replace: "term: 0," }],
  },
  {
    name: "a leader stays one though it hears of a later term",
    edits: [
      {
        file: "receive.ts",
        find: "if (term > state.term) {",
        replace: 'if (term > state.term && state.role !== "leader") {',
      },
    ],
  },
  {
    name: "a leader of an earlier term is obeyed",
    edits: [
      {
        file: "receive.ts",
        find: "if (term < state.term) return answerOld(turn, message);",
        replace: 'if (term < state.term && type !== "appendRequest") return answerOld(turn, message);',
      },
    ],
  },
  {
    name: "nobody tells a leader of the past that it is one",
    edits: [
      {
        file: "receive.ts",
        find: "if (term < state.term) return answerOld(turn, message);",
        replace: "if (term < state.term) return;",
      },
    ],
  },
  {
    name: "no election asks first whether it could be won",
    edits: [
      {
        file: "election.ts",
        find: 'becomeCandidate(turn, "preCandidate");',
        replace: "return stand(turn, false);",
      },
    ],
  },
  {
    name: "who hears of a leader says yes to a pre-vote",
    edits: [{ file: "election.ts", find: "if (isLed(state)) return;", replace: "" }],
  },
  {
    name: "who hears of a leader votes against it",
    edits: [
      {
        file: "receive.ts",
        find: 'if (type === "voteRequest" && !message.transfer && isLed(state)) return;',
        replace: "",
      },
    ],
  },
  {
    name: "a pre-vote does not look at the log",
    edits: [
      {
        file: "election.ts",
        find: "const granted = term > state.term && isUpToDate(state.log, lastIndex, lastTerm);",
        replace: "const granted = term > state.term;",
      },
    ],
  },
  {
    name: "a node draws the same election timeout each time",
    edits: [
      {
        file: "jitter.ts",
        find: "mix(mix(mix(seed | 0) ^ node) ^ draw)",
        replace: "mix(mix(seed | 0) ^ node)",
      },
    ],
  },
  {
    name: "all election timeouts are the same",
    edits: [
      {
        file: "jitter.ts",
        find: "electionTicks + 1 + (hash % electionTicks)",
        replace: "electionTicks + 1 + hash * 0",
      },
    ],
  },
  {
    name: "a leader that nobody answers stays one",
    edits: [
      {
        file: "time.ts",
        find: "if (!checkQuorum(turn)) return becomeFollower(turn, state.term, null);",
        replace: "checkQuorum(turn);",
      },
    ],
  },
  {
    name: "a leader whose disk stalls stays one",
    edits: [
      {
        file: "time.ts",
        find: "if (isDiskStalled(state)) return becomeFollower(turn, state.term, null);",
        replace: "",
      },
    ],
  },
  {
    name: "a node whose disk stalls stands for election",
    edits: [
      {
        file: "election.ts",
        find: "if (isDiskStalled(state)) return restartElectionTimer(state);",
        replace: "",
      },
    ],
  },
  {
    name: "a node that is about to be removed never stands, though nobody else may win",
    edits: [
      {
        file: "roles.ts",
        find: "history.some(({ members: { voters, outgoing } }, at) => {",
        replace: "history.slice(-1).some(({ members: { voters, outgoing } }, at) => {",
      },
    ],
  },
  {
    name: "a transfer is never given up",
    edits: [
      {
        file: "transfer.ts",
        find: "elapsed >= state.options.electionTicks ? null : { ...state.transfer, elapsed };",
        replace: "{ ...state.transfer, elapsed };",
      },
    ],
  },
  {
    name: "a transfer does not wait until the log is as long",
    edits: [
      {
        file: "transfer.ts",
        find: "if (peer.match === lastIndexOf(state.log)) handOver(turn, to);",
        replace: "if (peer.match > 0) handOver(turn, to);",
      },
    ],
  },
  {
    name: "proposals are taken while leadership is handed over",
    edits: [{ file: "propose.ts", find: 'if (transfer !== null) return "transferring";', replace: "" }],
  },
];
