import { expect, test } from "vitest";
import { openClient, type Proposal } from "../../../../coordination/coordinator/client.ts";
import type { ReplicaEvent } from "../../../../coordination/coordinator/replica.ts";
import type { Answer, Session } from "../../../../coordination/coordinator/sessions.ts";
import type { Entry } from "../../../../coordination/protocol/decision-messages.ts";

const entry: Entry = { type: "decision.closed", decision: "d", reason: "deadline" };

/** Client `c`, opened as `a`, at a leader of term 1 that says nothing by itself. */
const world = () => {
  const handed: Proposal[] = [];
  const told: string[] = [];
  let due: (() => void)[] = [];
  const client = openClient({
    client: "c",
    opening: "a",
    recorded: 0,
    send: (proposals) => {
      handed.push(...proposals);
      return 1;
    },
    soon: (work) => void due.push(work),
    committed: (id, { index }) => void told.push(`${id} at ${index}`),
    broken: (error) => expect.fail(error.message),
  });
  /** What the client hands over next, once all of this was said to it. */
  const handedAfter = (...events: readonly ReplicaEvent[]): readonly Proposal[] => {
    handed.length = 0;
    for (const event of events) client.hear(event);
    const works = due;
    due = [];
    for (const work of works) work();
    return [...handed];
  };
  return { client, told, handedAfter };
};

const session = (place: number, opening = "a", answers: readonly Answer[] = []): Session => ({
  session: place,
  opening,
  firstOpen: 0,
  answers,
  tick: 0,
});
const answer = (seq: number, index: number, id = `p${seq}`): Answer => ({
  seq,
  id,
  term: 1,
  index,
  leader: 1,
  entry,
});
const opened = (place: number, opening = "a"): ReplicaEvent => ({
  type: "opened",
  client: "c",
  session: session(place, opening),
});
const answered = (place: number, seq: number, index: number): ReplicaEvent => ({
  type: "answered",
  client: "c",
  session: place,
  answer: answer(seq, index),
});
const leads = (term: number): ReplicaEvent => ({ type: "roleChanged", role: "leader", term, leader: 1 });

const opening = { id: "opening", command: { type: "session.opened", client: "c", opening: "a" } };
const proposal = (seq: number, more: Readonly<Record<string, unknown>> = {}) => ({
  id: `${seq}`,
  command: { type: "entry.proposed", client: "c", seq, id: `p${seq}`, ...more },
});

/** A client whose session stands at 1 and whose `p0` was handed over. */
const begun = () => {
  const all = world();
  all.client.propose("p0", entry, 0);
  expect(all.handedAfter()).toMatchObject([opening]);
  expect(all.handedAfter(opened(1))).toMatchObject([proposal(0, { session: 1, firstOpen: 0 })]);
  return all;
};

test("what was handed over in a session that expired is handed over in the next", () => {
  const { handedAfter } = begun();
  expect(handedAfter({ type: "expired", client: "c", session: 1 })).toMatchObject([opening]);
  expect(handedAfter(opened(5))).toMatchObject([proposal(0, { session: 5 })]);
});

test("what several replicas say of one opening, or of one leader, is answered once", () => {
  const { handedAfter } = begun();
  expect(handedAfter(opened(1), opened(1))).toEqual([]);
  expect(handedAfter(leads(1))).toEqual([]);
  expect(handedAfter({ type: "roleChanged", role: "follower", term: 2, leader: null })).toEqual([]);
  expect(handedAfter(leads(2))).toMatchObject([proposal(0)]);
});

test("an opening that is turned away while it is handed over is repeated with the next tick", () => {
  let tries = 0;
  const due: (() => void)[] = [];
  const client = openClient({
    client: "c",
    opening: "a",
    recorded: 0,
    send: () => {
      tries += 1;
      client.hear({ type: "rejected", id: "opening", reason: "uncommittedLogFull", leader: 1 });
      return 1;
    },
    soon: (work) => void due.push(work),
    committed: () => expect.fail(),
    broken: (error) => expect.fail(error.message),
  });
  client.propose("p0", entry, 0);
  for (const times of [1, 2, 3]) {
    due.splice(0).forEach((work) => work());
    expect(tries).toBe(times);
    client.tick();
  }
});

test("a snapshot that knows only the session of an earlier process tells nothing", () => {
  const { client, told, handedAfter } = world();
  client.propose("p0", entry, 0);
  const sessions = { tick: 0, clients: { c: session(1, "earlier", [answer(0, 2)]) } };
  handedAfter({ type: "restored", sessions });
  expect(told).toEqual([]);
  expect(client.isWaiting()).toBe(true);
});

test("a session that is not ours, or is over, expires in vain", () => {
  const { handedAfter } = begun();
  expect(handedAfter({ type: "expired", client: "other", session: 1 })).toEqual([]);
  expect(handedAfter({ type: "expired", client: "c", session: 9 })).toEqual([]);
});

test("an opening that was turned away is repeated with the next tick", () => {
  const { client, handedAfter } = world();
  client.propose("p0", entry, 0);
  expect(handedAfter()).toMatchObject([opening]);
  client.tick();
  expect(handedAfter()).toEqual([]);
  client.hear({ type: "rejected", id: "opening", reason: "uncommittedLogFull", leader: 1 });
  client.tick();
  expect(handedAfter()).toMatchObject([opening]);
});

test("an opening that a lost leader was handed is repeated at the next", () => {
  const { client, handedAfter } = world();
  client.propose("p0", entry, 0);
  expect(handedAfter()).toMatchObject([opening]);
  expect(handedAfter(leads(1))).toEqual([]);
  expect(handedAfter(leads(2))).toMatchObject([opening]);
});

test("the session of another process, and answers in it, are not ours", () => {
  const { client, told, handedAfter } = world();
  client.propose("p0", entry, 0);
  expect(handedAfter()).toMatchObject([opening]);
  expect(handedAfter(opened(1, "earlier"), answered(1, 0, 2))).toEqual([]);
  expect(handedAfter({ type: "opened", client: "other", session: session(2) })).toEqual([]);
  expect(told).toEqual([]);
  expect(handedAfter(opened(3))).toMatchObject([proposal(0, { session: 3 })]);
  client.hear(answered(1, 0, 4));
  expect(client.isWaiting()).toBe(true);
  client.hear(answered(3, 0, 5));
  expect(client.isWaiting()).toBe(false);
  expect(told).toEqual(["p0 at 5"]);
});

test("an answer is told once, however many replicas have it", () => {
  const { client, told } = begun();
  for (let replica = 1; replica <= 3; replica += 1) client.hear(answered(1, 0, 2));
  expect(told).toEqual(["p0 at 2"]);
});

test("a client is done with what it has recorded, and with nothing else", () => {
  const { client, handedAfter } = begun();
  client.propose("p1", entry, 0);
  expect(handedAfter()).toMatchObject([proposal(1, { firstOpen: 0, recorded: 0 })]);
  client.hear(answered(1, 0, 2));
  client.hear(answered(1, 1, 3));
  client.propose("p2", entry, 2);
  expect(handedAfter()).toMatchObject([proposal(2, { firstOpen: 1, recorded: 2 })]);
  client.propose("p3", entry, 3);
  expect(handedAfter()).toMatchObject([proposal(3, { firstOpen: 2, recorded: 3 })]);
});

test("what a replica learns by a snapshot is told, and not handed over again", () => {
  const { client, told, handedAfter } = begun();
  const sessions = { tick: 0, clients: { c: session(1, "a", [answer(0, 2)]) } };
  client.hear({ type: "restored", sessions });
  expect(told).toEqual(["p0 at 2"]);
  expect(client.isWaiting()).toBe(false);
  expect(handedAfter(leads(2))).toEqual([]);
});

test("what was told with the opening is not proposed again, also if it is asked for only later", () => {
  const { client, told, handedAfter } = world();
  client.propose("p1", entry, 0);
  expect(handedAfter()).toMatchObject([opening]);
  const known = session(4, "a", [answer(-1, 2, "p0"), answer(-1, 3, "p1")]);
  expect(handedAfter({ type: "opened", client: "c", session: known })).toEqual([]);
  for (const id of ["p0", "p1"]) client.propose(id, entry, 0);
  expect(handedAfter()).toEqual([]);
  expect(client.isWaiting()).toBe(false);
  client.propose("p2", entry, 2);
  expect(handedAfter()).toMatchObject([{ command: { id: "p2" } }]);
  expect(told).toEqual(["p0 at 2", "p1 at 3"]);
});

test("what is proposed twice is handed over once, whether or not it is answered by then", () => {
  const { client, handedAfter } = begun();
  client.propose("p0", entry, 0);
  expect(handedAfter()).toEqual([]);
  client.hear(answered(1, 0, 2));
  client.propose("p0", entry, 0);
  expect(handedAfter()).toEqual([]);
  expect(client.isWaiting()).toBe(false);
});

test("what an earlier session was answered comes with the opening, and is not proposed again", () => {
  const { client, told, handedAfter } = world();
  client.propose("p0", entry, 0);
  client.propose("p1", entry, 0);
  expect(handedAfter()).toMatchObject([opening]);
  const known = session(4, "a", [answer(-1, 2, "p0")]);
  expect(handedAfter({ type: "opened", client: "c", session: known })).toMatchObject([proposal(1)]);
  expect(told).toEqual(["p0 at 2"]);
});
