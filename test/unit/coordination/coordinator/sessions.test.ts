import fc from "fast-check";
import { expect, test } from "vitest";
import type { Command } from "../../../../coordination/coordinator/command.ts";
import {
  applyCommand,
  clientsMax,
  noSessions,
  sessionTicks,
  type Applied,
  type Sessions,
} from "../../../../coordination/coordinator/sessions.ts";
import type { Entry } from "../../../../coordination/protocol/decision-messages.ts";

const entry: Entry = { type: "decision.closed", decision: "d", reason: "deadline" };

const opening = (client: string, name = "a", recorded = 0): Command => ({
  type: "session.opened",
  client,
  opening: name,
  recorded,
});

const proposal = (
  session: number,
  seq: number,
  more: { firstOpen?: number; recorded?: number } = {},
): Command => ({
  type: "entry.proposed",
  client: "c",
  session,
  seq,
  firstOpen: more.firstOpen ?? 0,
  recorded: more.recorded ?? 0,
  id: `id${seq}`,
  entry,
});

/** Applies commands at indexes 1, 2, 3, ... */
const applied = (commands: readonly Command[]): { sessions: Sessions; events: Applied["event"][] } => {
  let sessions = noSessions;
  const events = commands.map((command, at) => {
    const turn = applyCommand(sessions, command, { term: 1, index: at + 1, leader: 1 });
    sessions = turn.sessions;
    return turn.event;
  });
  return { sessions, events };
};

test("a command takes effect once, however often it is in the log", () => {
  const { events } = applied([opening("c"), proposal(1, 0), proposal(1, 1), proposal(1, 0), proposal(1, 1)]);
  expect(events.map((event) => event?.type)).toEqual([
    "opened",
    "answered",
    "answered",
    undefined,
    undefined,
  ]);
});

test("a command that its client is done with has no effect, although its answer is forgotten", () => {
  const { events, sessions } = applied([
    opening("c"),
    proposal(1, 0),
    proposal(1, 1, { firstOpen: 1, recorded: 2 }),
    proposal(1, 0),
  ]);
  expect(events[3]).toBeUndefined();
  expect(sessions.clients["c"]?.answers.map(({ seq }) => seq)).toEqual([1]);
});

test("a new session ends the one before, and hands over the answers that were not kept", () => {
  const { events } = applied([
    opening("c"),
    proposal(1, 0),
    proposal(1, 1),
    opening("c", "b", 2),
    proposal(1, 2),
  ]);
  expect(events[3]).toMatchObject({
    type: "opened",
    session: { session: 4, answers: [{ seq: -1, id: "id1", index: 3 }] },
  });
  expect(events[4]).toEqual({ type: "expired", client: "c", session: 1 });
});

test("the same opening twice opens one session", () => {
  const { events, sessions } = applied([opening("c"), proposal(1, 0), opening("c")]);
  expect(events[2]).toMatchObject({ session: { session: 1 } });
  expect(sessions.clients["c"]?.answers).toHaveLength(1);
});

test("a client that is silent for too long loses its session, by the time in the log alone", () => {
  const { events, sessions } = applied([
    opening("c"),
    { type: "time.advanced", tick: sessionTicks },
    proposal(1, 0),
    { type: "time.advanced", tick: 5 },
    { type: "time.advanced", tick: 2 * sessionTicks + 1 },
    proposal(1, 1),
  ]);
  expect(events[2]).toMatchObject({ type: "answered" });
  expect(events[5]).toMatchObject({ type: "expired" });
  expect(sessions.tick).toBe(2 * sessionTicks + 1);
});

test("time never falls, whoever leads", () => {
  const { sessions } = applied([
    { type: "time.advanced", tick: 9 },
    { type: "time.advanced", tick: 4 },
  ]);
  expect(sessions.tick).toBe(9);
});

test("of too many clients the one that was silent longest goes", () => {
  const crowd = Array.from({ length: clientsMax + 1 }, (_, at) => opening(`c${at}`));
  const { sessions } = applied(crowd);
  expect(Object.keys(sessions.clients)).toHaveLength(clientsMax);
  expect(sessions.clients["c0"]).toBeUndefined();
});

test("of too many clients one that spoke lately stays, however early it began", () => {
  const silent = { opening: "a", firstOpen: 0, answers: [] };
  const clients = Object.fromEntries(
    Array.from({ length: clientsMax }, (_, at) => [
      `c${at}`,
      { ...silent, session: at + 1, tick: at === 0 ? 1 : 0 },
    ]),
  );
  const at = { term: 1, index: clientsMax + 1, leader: 1 };
  const names = Object.keys(applyCommand({ tick: 1, clients }, opening("late"), at).sessions.clients);
  expect(names).toHaveLength(clientsMax);
  expect(["c0", "c1", "late"].map((name) => names.includes(name))).toEqual([true, false, true]);
});

test("a client that speaks now and then keeps its session", () => {
  const { events } = applied([
    opening("c"),
    { type: "time.advanced", tick: sessionTicks },
    proposal(1, 0),
    { type: "time.advanced", tick: 2 * sessionTicks },
    proposal(1, 1),
  ]);
  expect(events[4]).toMatchObject({ type: "answered" });
});

test("a client that begins anew has spoken", () => {
  const { events } = applied([
    opening("c"),
    { type: "time.advanced", tick: sessionTicks },
    opening("c", "b"),
    { type: "time.advanced", tick: 2 * sessionTicks },
    proposal(3, 0),
  ]);
  expect(events[4]).toMatchObject({ type: "answered" });
});

test("a command that comes late opens no number again that its client is done with", () => {
  const { events } = applied([
    opening("c"),
    proposal(1, 0),
    proposal(1, 2, { firstOpen: 1, recorded: 2 }),
    proposal(1, 1, { firstOpen: 0 }),
    proposal(1, 0),
  ]);
  expect(events.map((event) => event?.type)).toEqual([
    "opened",
    "answered",
    "answered",
    "answered",
    undefined,
  ]);
});

test("whatever is repeated and delayed, each number of a session is answered at most once and in the log's order", () => {
  const commands = fc.array(
    fc.oneof(
      fc
        .record({ seq: fc.nat(12), firstOpen: fc.nat(6), session: fc.constantFrom(1, 1, 1, 7) })
        .map(({ seq, firstOpen, session }): Command =>
          proposal(session, seq, { firstOpen: Math.min(firstOpen, seq) }),
        ),
      fc.constant(opening("c")),
      fc.nat(100).map((tick): Command => ({ type: "time.advanced", tick })),
    ),
    { maxLength: 60 },
  );
  fc.assert(
    fc.property(commands, (rest) => {
      const { events } = applied([opening("c"), ...rest]);
      const answers = events.flatMap((event) => (event?.type === "answered" ? [event.answer] : []));
      expect(new Set(answers.map(({ seq }) => seq)).size).toBe(answers.length);
      expect(answers.map(({ index }) => index)).toEqual(
        answers.map(({ index }) => index).sort((a, b) => a - b),
      );
    }),
  );
});
