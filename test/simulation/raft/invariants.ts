import type { RaftState } from "../../../coordination/raft/state.ts";
import type { LogIndex } from "../../../coordination/raft/types.ts";
import { diskHolds, type Disk } from "./disk.ts";
import type { Host } from "./host.ts";
import { commitNext, lastCommitted, membersAt, noteEntry, noteLeader, type Ledger } from "./ledger.ts";
import { endOf, entryOf, isQuorum, membersIn, sameMembers, termOf } from "./log-reading.ts";
import { broken } from "./violation.ts";

/** What the checks may look at besides the node that took a step. */
export type Sight = { readonly ledger: Ledger; readonly diskOf: (id: number) => Disk | undefined };

/** Everything that must hold after a step of one node, as long as it held before: the cost is that of what changed. */
export const checkStep = (sight: Sight, host: Host, before: RaftState, after: RaftState): void => {
  const name = `node ${host.id}`;
  if (after.term < before.term) broken(`the term of ${name} falls from ${before.term} to ${after.term}`);
  if (after.commit < before.commit) broken(`the commit index of ${name} falls to ${after.commit}`);
  if (after.applied < before.applied) broken(`the applied index of ${name} falls to ${after.applied}`);
  if (after.term === before.term && before.vote !== null && after.vote !== before.vote)
    broken(`${name} changes its vote in term ${after.term}`);
  const leads = after.role === "leader";
  const led = before.role === "leader" && before.term === after.term;
  if (after.log !== before.log) checkLog(sight, host, before, after);
  if (leads && !led) checkElection(sight, host, before, after);
  if (after.commit > before.commit) checkCommit(sight, host, before, after);
  checkPromise(host, after);
};

const checkLog = ({ ledger }: Sight, host: Host, before: RaftState, after: RaftState): void => {
  const [old, log] = [before.log, after.log];
  const end = endOf(log);
  let at = end;
  // From the end back to what was there before; what lies below is checked already.
  while (at > log.base && (at > endOf(old) || entryOf(log, at) !== entryOf(old, at))) {
    const entry = entryOf(log, at);
    if (entry === undefined || entry.index !== at)
      return broken(`node ${host.id} has a hole in its log at ${at}`);
    noteEntry(ledger, entry, termOf(log, at - 1));
    at -= 1;
  }
  if (log.base !== old.base) noteBase(ledger, host, log.base, log.baseTerm);
  const kept = Math.min(at, endOf(old));
  if (before.role === "leader" && after.role === "leader" && before.term === after.term && kept < endOf(old))
    broken(`leader ${host.id} removes entries of its own log from ${kept + 1} on`);
  if (kept < before.commit && after.log.base < before.commit)
    broken(`node ${host.id} removes committed entries from ${kept + 1} on`);
  const { acknowledged } = host.witness;
  if (acknowledged.term === after.term && end < acknowledged.match)
    broken(`node ${host.id} gives up entries that it has acknowledged in this term, from ${end + 1} on`);
  checkMembers(ledger, host, after);
  if (after.role === "leader") checkChanges(host, after, at + 1);
};

const noteBase = (ledger: Ledger, host: Host, base: LogIndex, baseTerm: number): void => {
  if (base > 0 && ledger.committed[base]?.entry.term !== baseTerm)
    broken(`node ${host.id} forgets entries up to ${base}, which are not the committed ones`);
};

/** The members in force are the last in the log, committed or not. */
const checkMembers = (ledger: Ledger, host: Host, { log, history }: RaftState): void => {
  const latest = history[history.length - 1];
  if (latest === undefined) return broken(`node ${host.id} knows no members`);
  if (latest.index > endOf(log)) broken(`node ${host.id} keeps members that its log has lost`);
  const entry = entryOf(log, latest.index);
  const payload = entry?.payload;
  if (entry === undefined) {
    // Where the log begins, the members are those of a snapshot; a node that was added late begins with none.
    const nobodyYet = latest.index === 0 && host.voters.length === 0;
    if (!nobodyYet && !sameMembers(latest.members, membersAt(ledger, log.base)))
      broken(`node ${host.id} has other members at ${log.base} than those that are committed`);
  } else if (payload?.type !== "members" || !sameMembers(payload.members, latest.members))
    broken(`node ${host.id} has members that are not those of entry ${latest.index}`);
};

/** One change of members at a time, by way of both majorities, and not before the term has committed something. */
const checkChanges = (host: Host, { log, history, term, commit }: RaftState, first: LogIndex): void => {
  for (let at = first; at <= endOf(log); at += 1) {
    const entry = entryOf(log, at);
    if (entry?.payload.type !== "members") continue;
    const { members } = entry.payload;
    const previous = history.findLast(({ index }) => index < at) ?? history[0];
    if (previous === undefined) continue;
    const old = previous.members;
    if (previous.index > commit)
      broken(`leader ${host.id} changes members while another change is not committed`);
    const simple = old.outgoing.length === 0;
    if (simple && termOf(log, commit) !== term)
      broken(`leader ${host.id} changes members before its term has committed anything`);
    const voters = JSON.stringify(members.voters);
    const right = simple
      ? JSON.stringify(members.outgoing) === JSON.stringify(old.voters) ||
        (members.outgoing.length === 0 && voters === JSON.stringify(old.voters))
      : members.outgoing.length === 0 && voters === JSON.stringify(old.voters);
    if (!right) broken(`leader ${host.id} changes members without asking both majorities`);
  }
};

/** Election safety and leader completeness, and that the leader was elected at all. */
const checkElection = ({ ledger }: Sight, host: Host, before: RaftState, after: RaftState): void => {
  const { term, log } = after;
  noteLeader(ledger, term, host.id);
  const votes = ledger.votes.get(term);
  if (!isQuorum(membersIn(before), (id) => votes?.get(id) === host.id))
    broken(`node ${host.id} leads term ${term} without the votes of a quorum on disk`);
  let last = lastCommitted(ledger);
  // A leader that learns late of its election need not have what a later one has committed meanwhile.
  while (last > 0 && (ledger.committed[last]?.by ?? 0) >= term) last -= 1;
  if (last > log.base && termOf(log, last) !== ledger.committed[last]?.entry.term)
    broken(`leader ${host.id} of term ${term} lacks entry ${last}, which is committed`);
  const entry = entryOf(log, endOf(before.log) + 1);
  if (entry?.term !== term || entry.payload.type !== "noop")
    broken(`leader ${host.id} does not open term ${term} with an entry of its own`);
};

const checkCommit = ({ ledger, diskOf }: Sight, host: Host, before: RaftState, after: RaftState): void => {
  const { commit, log, term } = after;
  if (commit > endOf(log)) broken(`node ${host.id} commits ${commit}, beyond its log`);
  const known = lastCommitted(ledger);
  if (commit > known) {
    if (before.role !== "leader" || before.term !== term)
      broken(`node ${host.id} commits ${commit}, which no leader has`);
    if (termOf(log, commit) !== term)
      broken(`leader ${host.id} commits entry ${commit}, which is not of its own term ${term}`);
    // The members before this step: those that it appended on account of this commit were not asked.
    const holds = (id: number) => {
      const disk = diskOf(id);
      return disk !== undefined && diskHolds(disk, commit, term);
    };
    if (!isQuorum(membersIn(before), holds))
      broken(`leader ${host.id} commits entry ${commit}, which no quorum has on disk`);
    for (let at = known + 1; at <= commit; at += 1) {
      const entry = entryOf(log, at);
      if (entry === undefined) return broken(`leader ${host.id} commits entry ${at} without holding it`);
      commitNext(ledger, entry, term);
    }
  }
  for (let at = Math.max(before.commit, log.base) + 1; at <= commit; at += 1)
    if (termOf(log, at) !== ledger.committed[at]?.entry.term)
      broken(`node ${host.id} commits another entry ${at} than the rest`);
};

/** Whatever a node has taken over is on its way to the disk. */
const checkPromise = ({ id, promised }: Host, { log, term, vote }: RaftState): void => {
  const end = endOf(log);
  if (promised.hardTerm !== term || promised.vote !== vote)
    broken(`node ${id} does not write its term and vote to disk`);
  if (promised.index !== end || promised.term !== termOf(log, end))
    broken(`node ${id} does not write its log to disk: it ends at ${end}, on disk at ${promised.index}`);
};
