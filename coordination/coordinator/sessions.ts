import type { Entry } from "../protocol/decision-messages.ts";
import { withMember } from "../protocol/record.ts";
import type { LogIndex, NodeId, Term } from "../raft/types.ts";
import type { Command } from "./command.ts";

/** A command that took effect: the place that its entry was given, and who led then. */
export type Answer = {
  readonly seq: number;
  readonly id: string;
  readonly term: Term;
  readonly index: LogIndex;
  readonly leader: NodeId;
  readonly entry: Entry;
};

export type Session = {
  /** Place of the command that opened it. */
  readonly session: LogIndex;
  readonly opening: string;
  readonly firstOpen: number;
  /** Answers that the client may not have kept yet, in the order of the log. */
  readonly answers: readonly Answer[];
  /** When it last spoke. */
  readonly tick: number;
};

/** What every replica knows after the same entries: plain JSON, and equal on all. */
export type Sessions = {
  readonly tick: number;
  readonly clients: Readonly<Record<string, Session>>;
};

export const noSessions: Sessions = { tick: 0, clients: {} };

/** A client that is silent for so long loses its session; its later commands have no effect. */
export const sessionTicks = 1_000_000;

/** With more clients than this, the one that was silent longest loses its session. */
export const clientsMax = 1024;

export type Applied = {
  readonly sessions: Sessions;
  /** What happened, if anything did. A repeated command, or one of an ended session, changes nothing. */
  readonly event:
    | { readonly type: "opened"; readonly client: string; readonly session: Session }
    | {
        readonly type: "answered";
        readonly client: string;
        readonly session: LogIndex;
        readonly answer: Answer;
      }
    | { readonly type: "expired"; readonly client: string; readonly session: LogIndex }
    | undefined;
};

/** Where a command stands in the log, and who led then. */
export type Place = { readonly term: Term; readonly index: LogIndex; readonly leader: NodeId };

/**
 * Applies one committed command: each takes effect at most once, however often it stands in the log (Ongaro's thesis, 6.3).
 * Time is only what is committed, and never falls.
 */
export const applyCommand = (sessions: Sessions, command: Command, at: Place): Applied => {
  switch (command.type) {
    case "time.advanced":
      return {
        sessions: withoutSilent({ ...sessions, tick: Math.max(sessions.tick, command.tick) }),
        event: undefined,
      };
    case "session.opened": {
      const { client, opening, recorded } = command;
      const known = find(sessions, client);
      if (known?.opening === opening) return { sessions, event: { type: "opened", client, session: known } };
      const session: Session = {
        session: at.index,
        opening,
        firstOpen: 0,
        answers: (known?.answers ?? []).filter(({ index }) => index > recorded).map(ofEarlier),
        tick: sessions.tick,
      };
      return {
        sessions: withoutSilent(withSession(sessions, client, session)),
        event: { type: "opened", client, session },
      };
    }
    case "entry.proposed": {
      const { client, seq, id, entry, recorded } = command;
      const known = find(sessions, client);
      if (known === undefined || known.session !== command.session)
        return { sessions, event: { type: "expired", client, session: command.session } };
      const isRepeated = seq < known.firstOpen || known.answers.some((answer) => answer.seq === seq);
      if (isRepeated) return { sessions, event: undefined };
      const { term, index, leader } = at;
      const answer: Answer = { seq, id, term, index, leader, entry };
      const answers = [...known.answers.filter(({ index }) => index > recorded), answer];
      const { session, opening } = known;
      const firstOpen = Math.max(known.firstOpen, command.firstOpen);
      return {
        sessions: withSession(sessions, client, {
          session,
          opening,
          firstOpen,
          answers,
          tick: sessions.tick,
        }),
        event: { type: "answered", client, session, answer },
      };
    }
  }
};

/** Numbers of an earlier session mean nothing in the new one. */
const ofEarlier = (answer: Answer): Answer => ({ ...answer, seq: -1 });

const find = ({ clients }: Sessions, client: string): Session | undefined =>
  Object.hasOwn(clients, client) ? clients[client] : undefined;

const withSession = (sessions: Sessions, client: string, session: Session): Sessions => ({
  tick: sessions.tick,
  clients: withMember(sessions.clients, client, session),
});

const withoutSilent = (sessions: Sessions): Sessions => {
  const living = Object.entries(sessions.clients)
    .filter(([, { tick }]) => sessions.tick - tick <= sessionTicks)
    .sort(([, one], [, other]) => other.tick - one.tick || other.session - one.session)
    .slice(0, clientsMax);
  // Rising by session: every replica, also one that came by a snapshot, lists them alike.
  living.sort(([, one], [, other]) => one.session - other.session);
  return { ...sessions, clients: Object.fromEntries(living) };
};
