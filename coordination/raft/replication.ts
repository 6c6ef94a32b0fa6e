import { startCatchUp, unlessCaughtUp } from "./catching-up.ts";
import { charsOf, entriesBetween, entryOf, lastIndexOf, lastUpToTerm, termAt } from "./log.ts";
import type { AppendAccepted, AppendRejected } from "./message.ts";
import { copyOfProgress, probed, progressOf, setProgress } from "./progress.ts";
import { sendSnapshot } from "./snapshot-sending.ts";
import type { Progress } from "./state.ts";
import { send, withoutFirst, type Turn } from "./turn.ts";
import type { Entry, LogIndex, NodeId } from "./types.ts";

/** `entries`: only if there are some to send. `commit`: at least an empty append, which carries the commit index. */
export type Reason = "entries" | "commit";

export const replicateToAll = (turn: Turn, reason: Reason): void => {
  for (const peer of turn.state.progress) replicate(turn, peer, reason);
};

/** Sends one member what its window has room for. */
export const replicate = (turn: Turn, peer: Progress, reason: Reason): void => {
  const { state } = turn;
  const last = lastIndexOf(state.log);
  if (peer.mode === "snapshot" || peer.probing) return;
  if (peer.next <= state.log.base) return sendSnapshot(turn, peer);
  if (peer.mode === "probe") {
    appendRequest(turn, peer.id, peer.next, batch(turn, peer.next, last, Number.POSITIVE_INFINITY));
    setProgress(turn, { ...peer, probing: true });
    return;
  }
  let { next, inFlight } = peer;
  let sent = false;
  while (next <= last && inFlight.length < state.options.inFlightAppendsMax) {
    const entries = batch(turn, next, last, roomBeside(turn, inFlight));
    if (entries.length === 0) break;
    appendRequest(turn, peer.id, next, entries);
    next += entries.length;
    const flying = { last: next - 1, chars: charsOfAll(entries) };
    inFlight = inFlight.length === 0 ? [flying] : [...inFlight, flying];
    sent = true;
  }
  if (sent) {
    const grown = copyOfProgress(peer);
    grown.next = next;
    grown.inFlight = inFlight;
    setProgress(turn, grown);
  } else if (reason === "commit") appendRequest(turn, peer.id, peer.next, []);
};

/** How many characters may leave beside those on their way. Alone an entry may have any number. */
const roomBeside = ({ state: { options } }: Turn, inFlight: Progress["inFlight"]): number => {
  if (inFlight.length === 0) return Number.POSITIVE_INFINITY;
  let chars = 0;
  for (const append of inFlight) chars += append.chars;
  return options.inFlightCharsMax - chars;
};

/** The next entries for a member that have room; more than one only within the limit of an append and of the window. */
const batch = (
  { state: { log, options }, appended }: Turn,
  next: LogIndex,
  last: LogIndex,
  roomChars: number,
): readonly Entry[] => {
  const most = Math.min(options.appendCharsMax, options.inFlightCharsMax, roomChars);
  let chars = 0;
  let end = next;
  while (end <= last) {
    const entry = entryOf(log, end);
    if (entry === undefined) break;
    chars += charsOf(entry);
    if (chars > (end === next ? roomChars : most)) break;
    end += 1;
  }
  if (end === next) return [];
  // Mostly it is what was just appended, the same for every member and for our own disk.
  return appended[0]?.index === next && appended.length === end - next
    ? appended
    : entriesBetween(log, next, end - 1);
};

const charsOfAll = (entries: readonly Entry[]): number => {
  let chars = 0;
  for (const entry of entries) chars += charsOf(entry);
  return chars;
};

const appendRequest = (turn: Turn, to: NodeId, next: LogIndex, entries: readonly Entry[]): void => {
  const { state } = turn;
  const prevIndex = next - 1;
  // Entries leave while our own write of them is on its way: only our own disk may count us.
  send(
    turn,
    {
      type: "appendRequest",
      from: state.id,
      to,
      term: state.term,
      prevIndex,
      prevTerm: termAt(state.log, prevIndex) ?? 0,
      entries,
      commit: state.commit,
    },
    "vote",
  );
};

export const onAppendAccepted = (turn: Turn, { from, match }: AppendAccepted): void => {
  const { state } = turn;
  const peer = progressOf(state, from);
  if (peer === undefined || match > lastIndexOf(state.log)) return;
  const grown = copyOfProgress(peer);
  grown.active = true;
  grown.match = Math.max(peer.match, match);
  if (peer.catchUp !== null) grown.catchUp = unlessCaughtUp(state, grown.match, peer.catchUp);
  switch (peer.mode) {
    case "probe":
      // Whatever was accepted last, the logs agree there: from now on a window of appends.
      if (match < peer.match) break;
      grown.mode = "replicate";
      grown.next = match + 1;
      grown.probing = false;
      break;
    case "replicate":
      grown.next = Math.max(peer.next, match + 1);
      grown.inFlight = beyond(peer.inFlight, match);
      break;
    case "snapshot":
      // What it has now reaches into our log: the snapshot is not needed any more.
      if (match >= state.log.base) {
        grown.catchUp = startCatchUp(state, match);
        return void setProgress(turn, probed(grown, match + 1));
      }
  }
  setProgress(turn, grown);
};

/** The appends that are still on their way when the log is accepted up to `match`. */
const beyond = (inFlight: Progress["inFlight"], match: LogIndex): Progress["inFlight"] => {
  let arrived = 0;
  for (const { last } of inFlight) if (last <= match) arrived += 1;
  return withoutFirst(inFlight, arrived);
};

export const onAppendRejected = (
  turn: Turn,
  { from, prevIndex, hintIndex, hintTerm }: AppendRejected,
): void => {
  const { state } = turn;
  const known = progressOf(state, from);
  if (known === undefined) return;
  const peer = setProgress(turn, { ...known, active: true });
  if (peer.mode === "replicate") {
    // An answer to an append that a later one has overtaken says nothing new.
    if (prevIndex <= peer.match) return;
    setProgress(turn, probed(peer, peer.match + 1));
  } else if (peer.mode === "probe" && prevIndex === peer.next - 1) {
    const agreed = lastUpToTerm(state.log, hintIndex, hintTerm);
    const back = probed(peer, Math.max(1, Math.min(prevIndex, agreed + 1)));
    // It has lost what it acknowledged, and the same append again would be refused again: the next heartbeat's answer is soon enough.
    if (back.next === peer.next) return;
    setProgress(turn, back);
  } else return;
  const probe = progressOf(state, from);
  if (probe !== undefined) replicate(turn, probe, "commit");
};
