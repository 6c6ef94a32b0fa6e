import type { RaftLog } from "../../../coordination/raft/log.ts";
import type { RaftState } from "../../../coordination/raft/state.ts";
import { diskHolds, writeToDisk, type Disk } from "../raft/disk.ts";
import { endOf, entryOf, sameMembers, termOf } from "../raft/log-reading.ts";
import { broken } from "../raft/violation.ts";
import type { History } from "./history.ts";
import type { Local } from "./local.ts";

/** What one step must not do to a node. */
export const checkStep = (id: number, before: RaftState, after: RaftState): void => {
  if (after.term < before.term) broken(`the term of node ${id} falls to ${after.term}`);
  if (after.commit < before.commit) broken(`the commit index of node ${id} falls to ${after.commit}`);
  if (after.applied < before.applied) broken(`the applied index of node ${id} falls to ${after.applied}`);
  if (after.term === before.term && before.vote !== null && after.vote !== before.vote)
    broken(`node ${id} changes its vote in term ${after.term}`);
  if (after.log === before.log) return;
  const kept = agreement(before.log, after.log);
  const leads = before.role === "leader" && after.role === "leader" && before.term === after.term;
  if (leads && kept < endOf(before.log))
    broken(`leader ${id} removes entries of its own log from ${kept + 1} on`);
  if (kept < before.commit && after.log.base < before.commit)
    broken(`node ${id} removes committed entries from ${kept + 1} on`);
};

/** The highest index up to which two logs are known to be the same. */
const agreement = (one: RaftLog, other: RaftLog): number => {
  let at = Math.max(one.base, other.base);
  while (at < endOf(one) && entryOf(one, at + 1) === entryOf(other, at + 1)) at += 1;
  return at;
};

/** What must be so of a node at any time: its disk will hold what it believes, and its members are those of its log. */
export const checkLocal = ({ id, state, disk, writes, machine }: Local): void => {
  const { log, term, vote, commit, history } = state;
  const promised = { ...disk, entries: [...disk.entries], staged: [...disk.staged] };
  for (const write of writes) writeToDisk(promised, write);
  if (promised.hardState.term !== term || promised.hardState.vote !== vote)
    broken(`node ${id} does not write its term and vote to disk`);
  checkPromised(id, promised, log);
  if (commit > endOf(log)) broken(`node ${id} commits ${commit}, beyond its log`);
  if (state.applied > machine.length) broken(`node ${id} believes that ${state.applied} is applied`);
  const latest = history[history.length - 1];
  if (latest === undefined || latest.index > endOf(log))
    return broken(`node ${id} has members that its log does not hold`);
  const payload = entryOf(log, latest.index)?.payload;
  if (payload !== undefined && (payload.type !== "members" || !sameMembers(payload.members, latest.members)))
    broken(`node ${id} has members that are not those of entry ${latest.index}`);
  for (let index = Math.max(latest.index, log.base) + 1; index <= endOf(log); index += 1)
    if (entryOf(log, index)?.payload.type === "members")
      broken(`node ${id} does not heed the members at ${index}`);
};

const checkPromised = (id: number, promised: Disk, log: RaftLog): void => {
  if (promised.base + promised.entries.length !== endOf(log))
    broken(`node ${id} does not write its log to disk`);
  for (let index = log.base + 1; index <= endOf(log); index += 1)
    if (!diskHolds(promised, index, termOf(log, index)))
      broken(`node ${id} does not write entry ${index} to disk`);
};

/** Log matching: where two logs have an entry of the same index and term, they are the same up to there. */
export const checkLogs = (one: RaftLog, other: RaftLog): void => {
  const base = Math.max(one.base, other.base);
  let at = Math.min(endOf(one), endOf(other));
  while (at > base && termOf(one, at) !== termOf(other, at)) at -= 1;
  for (let index = base + 1; index <= at; index += 1)
    if (JSON.stringify(entryOf(one, index)) !== JSON.stringify(entryOf(other, index)))
      broken(`two logs agree at ${at}, and differ at ${index}`);
};

/** State machine safety and leader completeness. */
export const checkAgainst = ({ committed }: History, { id, state, machine }: Local): void => {
  const { log, commit, role, term } = state;
  const end = role === "leader" ? committed.length : Math.min(commit, committed.length);
  for (let index = log.base + 1; index <= end; index += 1) {
    const known = committed[index - 1];
    if (known === undefined || termOf(log, index) === known.term) continue;
    if (index <= commit) broken(`node ${id} has committed another entry ${index} than the rest`);
    // A leader that learns late of its election need not have what a later one has committed meanwhile.
    if (known.by < term) broken(`leader ${id} of term ${term} lacks entry ${index}, which is committed`);
  }
  if (commit > committed.length) broken(`node ${id} believes that ${commit} is committed`);
  machine.forEach((text, at) => {
    if (text !== committed[at]?.text)
      broken(`node ${id} has applied another entry ${at + 1} than the committed one`);
  });
};
