import type { Mutant } from "./mutant.ts";

/** More faults of elections: who may stand, what keeps a term from rising, and handing over. */
export const standing: readonly Mutant[] = [
  {
    name: "a pre-vote raises the term of who is asked",
    edits: [
      {
        file: "receive.ts",
        find: 'if (type === "preVoteRequest") return onPreVoteRequest(turn, message);',
        replace:
          'if (type === "preVoteRequest") {\n    if (term > state.term) becomeFollower(turn, term, null);\n    return onPreVoteRequest(turn, { ...message, term: term + 1 });\n  }',
      },
    ],
  },
  {
    name: "a pre-vote is granted for a term that is over",
    edits: [
      {
        file: "election.ts",
        find: "const granted = term > state.term && isUpToDate(",
        replace: "const granted = term > 0 && isUpToDate(",
      },
    ],
  },
  {
    name: "a refused pre-vote counts",
    edits: [
      {
        file: "election.ts",
        find: 'if (state.role === "preCandidate" && round === state.round) record(turn, from, granted);',
        replace:
          'if (state.role === "preCandidate" && round === state.round) record(turn, from, granted || true);',
      },
    ],
  },
  {
    name: "a candidate does not yield to the leader of its term",
    edits: [
      {
        file: "receive.ts",
        find: 'if (state.role === "leader") return false;\n',
        replace: 'if (state.role === "leader" || state.role === "candidate") return false;\n',
      },
    ],
  },
  {
    name: "signs of life do not put an election off",
    edits: [
      { file: "receive.ts", find: "  state.electionElapsed = 0;\n  return true;", replace: "  return true;" },
    ],
  },
  {
    name: "a node is loyal to its leader for ever",
    edits: [
      {
        file: "roles.ts",
        find: "leader !== null && electionElapsed < options.electionTicks;",
        replace: "leader !== null && electionElapsed < 100 * options.electionTicks;",
      },
    ],
  },
  {
    name: "the quorum is checked once, and never anew",
    edits: [{ file: "reads.ts", find: "({ ...peer, active: false }))", replace: "({ ...peer }))" }],
  },
  {
    name: "a node stands beyond the last term that can be counted",
    edits: [
      { file: "roles.ts", find: "  term < termMax &&\n", replace: "  (term < termMax || term > 0) &&\n" },
    ],
  },
  {
    name: "a learner stands for election",
    edits: [
      {
        file: "roles.ts",
        find: "history.some(({ members: { voters, outgoing } }, at) => {",
        replace:
          "history.some(({ members: { voters: all, outgoing, learners } }, at) => {\n    const voters = [...all, ...learners];",
      },
    ],
  },
  {
    name: "whoever was removed stands again and again",
    edits: [
      {
        file: "roles.ts",
        find: "return !isPast && (voters.includes(id) || outgoing.includes(id));",
        replace: "return (!isPast || at >= 0) && (voters.includes(id) || outgoing.includes(id));",
      },
    ],
  },
  {
    name: "a transfer goes to a learner",
    edits: [
      {
        file: "transfer.ts",
        find: 'if (peer === undefined || !isVoter(state, to)) return reject(turn, id, "invalid");',
        replace: 'if (peer === undefined || isVoter(state, 0)) return reject(turn, id, "invalid");',
      },
    ],
  },
  {
    name: "a learner obeys a transfer",
    edits: [
      {
        file: "receive.ts",
        find: 'if (turn.state.role !== "leader" && mayStand(turn.state)) stand(turn, true);',
        replace: 'if (turn.state.role !== "leader" || mayStand(turn.state)) stand(turn, true);',
      },
    ],
  },
  {
    name: "an election by transfer does not say so",
    edits: [
      {
        file: "receive.ts",
        find: "mayStand(turn.state)) stand(turn, true);",
        replace: "mayStand(turn.state)) stand(turn, false);",
      },
    ],
  },
  {
    name: "a voter that waits for a transfer is handed over to before it has caught up",
    edits: [
      {
        file: "transfer.ts",
        find: "if (state.transfer?.to === from && progressOf(state, from)?.match === lastIndexOf(state.log))",
        replace: "if (state.transfer?.to === from && lastIndexOf(state.log) > 0)",
      },
    ],
  },
  {
    name: "a laggard that leadership goes to is sent nothing first",
    edits: [
      {
        file: "transfer.ts",
        find: '  else replicate(turn, peer, "commit");\n',
        replace: '  else if (to < 0) replicate(turn, peer, "commit");\n',
      },
      {
        file: "receive.ts",
        find: "  handOverWhenReady(turn, message.from);\n",
        replace: "  if (message.term < 0) handOverWhenReady(turn, message.from);\n",
      },
    ],
  },
  {
    name: "a second transfer takes the place of the first",
    edits: [
      {
        file: "transfer.ts",
        find: 'if (state.transfer !== null) return reject(turn, id, "transferring");',
        replace: "",
      },
    ],
  },
  {
    name: "a leader that goes hands over to whoever comes first",
    edits: [
      {
        file: "membership.ts",
        find: "({ id, match }) => isVoter(state, id) && match === lastIndexOf(state.log),",
        replace: "({ id, match }) => id > 0 && match >= 0,",
      },
    ],
  },
  {
    name: "a refused vote puts the own election off",
    edits: [
      {
        file: "election.ts",
        find: "    restartElectionTimer(state);\n  }\n  send(",
        replace: "  }\n  restartElectionTimer(state);\n  send(",
      },
    ],
  },
  {
    name: "a disk that answers once never stalls again",
    edits: [
      {
        file: "time.ts",
        find: "if (state.writes.length > 0) state.stalledTicks += 1;",
        replace: "if (state.writes.length > 0 && state.persisted === 0) state.stalledTicks += 1;",
      },
    ],
  },
  {
    name: "a candidate that most have refused does not give up",
    edits: [
      {
        file: "election.ts",
        find: "else if (!hasQuorum(members, (id) => !said(false)(id))) becomeFollower",
        replace: "else if (members.voters.length < 0) becomeFollower",
      },
    ],
  },
  {
    name: "a transfer outlives the office of who began it",
    edits: [
      {
        file: "roles.ts",
        find: "    state.transfer = null;\n    state.uncommittedChars = 0;",
        replace: "    state.uncommittedChars = 0;",
      },
    ],
  },
  {
    name: "who stands still takes the last leader for its own",
    edits: [
      {
        file: "roles.ts",
        find: "  state.role = role;\n  state.leader = null;\n",
        replace: "  state.role = role;\n",
      },
    ],
  },
  {
    name: "who may not stand never forgets a leader that is gone",
    edits: [
      {
        file: "time.ts",
        find: "else if (state.leader === null) restartElectionTimer(state);\n    else becomeFollower(turn, state.term, null);",
        replace: "else restartElectionTimer(state);",
      },
    ],
  },
  {
    name: "a leader of the past hands over",
    edits: [
      {
        file: "receive.ts",
        find: "if (term < state.term) return answerOld(turn, message);",
        replace: 'if (term < state.term && type !== "timeoutNow") return answerOld(turn, message);',
      },
    ],
  },
];
