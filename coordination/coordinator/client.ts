import type { Entry, EntryCommitted } from "../protocol/decision-messages.ts";
import { SwarmError } from "../protocol/errors.ts";
import type { RaftEffect } from "../raft/io.ts";
import type { LogIndex, Term } from "../raft/types.ts";
import type { Command } from "./command.ts";
import type { ReplicaEvent } from "./replica.ts";
import type { Answer, Session } from "./sessions.ts";

export type ClientDeps = {
  readonly client: string;
  /** Tells this beginning of the client from every other. */
  readonly opening: string;
  /** The client has kept all commits up to here. */
  readonly recorded: LogIndex;
  /** Hands commands to the leader, if there is one here: its term, or `undefined`. The answer comes through `hear`. */
  readonly send: (commands: readonly Proposal[]) => Term | undefined;
  /** Calls back once everything that is being said now was said, so that it travels together. */
  readonly soon: (work: () => void) => void;
  readonly committed: (id: string, commit: EntryCommitted) => void;
  readonly broken: (error: SwarmError) => void;
};

/** A command, and the name under which its answer comes. */
export type Proposal = { readonly id: string; readonly command: Command };

type Pending = { readonly id: string; readonly entry: Entry; sentIn: Term | undefined };

/**
 * The group's client in this process: hands over each entry until it is committed, once, and tells the commits in the order
 * of the log. What became of an entry is unknown while its leader is lost; it is then handed over again, under the
 * same number of the same session, and the group makes one of the two (thesis, 6.3).
 */
export const openClient = (deps: ClientDeps) => {
  const { client, opening } = deps;
  let { recorded } = deps;
  let session: LogIndex | undefined;
  /** The term in which the opening of the session was handed over. */
  let askedIn: Term | undefined;
  let told: LogIndex = recorded;
  let nextSeq = 0;
  let isGathering = false;
  let isBroken = false;
  /** By rising number; until their commits are recorded, whether or not they are answered. */
  const open = new Map<number, Pending & { index: LogIndex | undefined }>();
  /** Where each id stands, until that is recorded. What an earlier session was answered may be told before it is proposed here. */
  const places = new Map<string, LogIndex | undefined>();

  const gather = (): void => {
    if (isGathering) return;
    isGathering = true;
    deps.soon(() => {
      isGathering = false;
      hand();
    });
  };

  const hand = (): void => {
    if (session === undefined) return askForSession();
    const firstOpen = open.keys().next().value ?? nextSeq;
    const waiting: Pending[] = [];
    const proposals: Proposal[] = [];
    for (const [seq, pending] of open) {
      if (pending.sentIn !== undefined || pending.index !== undefined) continue;
      const { id, entry } = pending;
      const command: Command = {
        type: "entry.proposed",
        client,
        session,
        firstOpen,
        recorded,
        seq,
        id,
        entry,
      };
      proposals.push({ id: String(seq), command });
      pending.sentIn = sending;
      waiting.push(pending);
    }
    if (waiting.length === 0) return;
    const term = deps.send(proposals);
    for (const pending of waiting) if (pending.sentIn === sending) pending.sentIn = term;
  };

  const askForSession = (): void => {
    if (askedIn !== undefined) return;
    const command: Command = { type: "session.opened", client, opening, recorded };
    askedIn = sending;
    const term = deps.send([{ id: openingId, command }]);
    if (askedIn === sending) askedIn = term;
  };

  const opened = ({ session: place, answers, opening: whose }: Session): void => {
    if (whose !== opening || session === place) return;
    session = place;
    for (const answer of answers) answered(answer);
    const known = new Set(answers.map(({ id }) => id));
    for (const [seq, { id }] of open) if (known.has(id)) open.delete(seq);
    for (const pending of open.values()) pending.sentIn = undefined;
    gather();
  };

  const answered = ({ seq, id, term, index, leader, entry }: Answer): void => {
    if (index <= told) return;
    told = index;
    places.set(id, index);
    const pending = open.get(seq);
    if (pending !== undefined) pending.index = index;
    deps.committed(id, { type: "entry.committed", term, index, leader, entry });
  };

  /** What is handed over together is turned away together, so the longest of it is one that is too long. */
  const tooLarge = (id: string): void => {
    if (isBroken) return;
    isBroken = true;
    const handed = [...open.values()].filter(({ sentIn }) => sentIn === sending);
    const [longest] = handed.toSorted((a, b) => sizeOf(b) - sizeOf(a));
    const what = `an entry is longer than the coordinator takes: ${longest?.id ?? id}`;
    deps.broken(new SwarmError("ENTRY_TOO_LARGE", `${what}; shorten its question, options or reasons`));
  };

  const rejected = ({ id, reason }: Extract<RaftEffect, { type: "rejected" }>): void => {
    if (reason === "tooLarge") return tooLarge(id);
    if (id === openingId) askedIn = undefined;
    const pending = open.get(Number(id));
    if (pending !== undefined) pending.sentIn = undefined;
  };

  return {
    /** Again, before its commit is recorded: does nothing. */
    propose: (id: string, entry: Entry, recordedUpTo: LogIndex): void => {
      recorded = Math.max(recorded, recordedUpTo);
      for (const [seq, { index }] of open) if (index !== undefined && index <= recorded) open.delete(seq);
      for (const [known, index] of places) if (index !== undefined && index <= recorded) places.delete(known);
      if (places.has(id)) return;
      places.set(id, undefined);
      open.set(nextSeq, { id, entry, sentIn: undefined, index: undefined });
      nextSeq += 1;
      gather();
    },
    hear: (event: ReplicaEvent): void => {
      switch (event.type) {
        case "opened":
          return event.client === client ? opened(event.session) : undefined;
        case "answered":
          // A replica that starts tells all that its log holds. What earlier sessions were answered came with the opening.
          return event.client === client && event.session === session ? answered(event.answer) : undefined;
        case "expired":
          if (event.client !== client || event.session !== session) return;
          session = undefined;
          askedIn = undefined;
          return gather();
        case "restored": {
          const known = event.sessions.clients[client];
          if (known?.opening !== opening) return;
          opened(known);
          return known.answers.forEach(answered);
        }
        case "rejected":
          return rejected(event);
        case "roleChanged":
          if (event.role === "leader") goTo(event.term);
          return;
        case "accepted":
        case "readReady":
          return;
      }
    },
    /** Tries again what found no leader or was turned away. */
    tick: gather,
    /** Whether anything waits for the group. */
    isWaiting: (): boolean => {
      for (const { index } of open.values()) if (index === undefined) return true;
      return false;
    },
  };

  function goTo(term: Term): void {
    // What an earlier leader was handed may be lost with it, and may not.
    if (askedIn !== undefined && askedIn < term) askedIn = undefined;
    for (const pending of open.values())
      if (pending.sentIn !== undefined && pending.sentIn < term) pending.sentIn = undefined;
    gather();
  }
};

export type Client = ReturnType<typeof openClient>;

const sizeOf = ({ id, entry }: Pick<Pending, "id" | "entry">): number => JSON.stringify({ id, entry }).length;

const openingId = "opening";

/** While a leader is being handed commands it may turn them away at once. */
const sending: Term = -1;
