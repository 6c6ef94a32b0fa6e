import { expect, test } from "vitest";
import { decisionsStep, initialDecisions } from "../../../../coordination/decisions.ts";
import { emptyTrust } from "../../../../coordination/decision/trust.ts";
import type { Entry } from "../../../../coordination/protocol/decision-messages.ts";
import {
  agentActor,
  decisionsActor,
  effectId,
  workflowActor,
} from "../../../../coordination/protocol/ids.ts";
import { redactor } from "../../../../observability/redact.ts";
import type { Span, SpanUnit } from "../../../../observability/span.ts";
import { spansOf } from "../../../../observability/spans/reader.ts";
import { readerDeps } from "../../../support/recorded.ts";
import { handHeader, turnRows, type HandTurn } from "../../../support/turn-rows.ts";
import { cast, electorOf, openedWith } from "../../coordination/decision/builders.ts";

type Proposed = Entry | { readonly entry: Entry; readonly term: number };

/** Each entry is proposed, a second later committed; then all is over. */
const spansAfter = (proposed: readonly Proposed[], content = false): readonly Span[] => {
  const step = decisionsStep(emptyTrust);
  let state = initialDecisions;
  const seqs = new Map<string, number>();
  const turns = proposed.flatMap((each, index): readonly HandTurn[] => {
    const { entry, term } = "entry" in each ? each : { entry: each, term: 1 };
    const actor = entry.type === "ballot.cast" ? agentActor(entry.voter, "d") : workflowActor;
    const seq = seqs.get(actor) ?? 0;
    seqs.set(actor, seq + 1);
    const input = { type: "entry.committed", term, index, leader: 2, entry } as const;
    const turn = step(state, input);
    state = turn.state;
    return [
      { actor, input: { type: "run.started" }, effects: [{ type: "propose", entry }] },
      { actor: decisionsActor, input, effects: turn.effects, cause: effectId(actor, seq, 0) },
    ];
  });
  const header = handHeader();
  const finished = {
    type: "finished",
    run: header.run,
    atUs: 1e9,
    outcome: "done",
    exit: 0,
    outputs: {},
  } as const;
  const rows = [header, ...turnRows(...turns), finished].map((row) => ({ row }));
  return [...spansOf(rows, { ...readerDeps, redact: redactor(["hunter22"]), content })];
};

const ofUnit = (spans: readonly Span[], unit: SpanUnit) => spans.filter((span) => span.unit === unit);
const decisionIn = (spans: readonly Span[]): Span => {
  const [decision, ...more] = ofUnit(spans, "decision");
  if (decision === undefined || more.length > 0) throw new Error("there is one decision");
  return decision;
};
const eventsOf = (spans: readonly Span[]) =>
  decisionIn(spans).events.map(({ name, atUs, attributes }) => ({ name, at: atUs / 1e6, ...attributes }));

test("a decision says how it was to be made, and how it was", () => {
  const opened = openedWith(["a", "b", "c", "d"], {
    rule: "linear",
    quorum: 2,
    thresholdPpm: 550_000,
    domain: "hunter22 and more",
  });
  const decision = decisionIn(
    spansAfter([opened, cast("a", "A", 0.9), cast("b", "A", 0.8), cast("c", "B", 0.6), cast("d", null)]),
  );
  expect(decision).toMatchObject({ name: "decision d", kind: "internal", startUs: 1e6, endUs: 10e6 });
  const { attributes } = decision;
  expect(attributes).toMatchObject({
    "swarm.decision.id": "d",
    "swarm.decision.domain": "[redacted] and more",
    "swarm.decision.rule": "linear",
    "swarm.decision.tier": "standard",
    "swarm.decision.threshold": 0.55,
    "swarm.decision.quorum": 3,
    "swarm.decision.voters": 4,
    "swarm.decision.options": ["A", "B"],
    "swarm.decision.outcome": "settled",
    "swarm.decision.winner": "A",
    "swarm.decision.rounds": 1,
  });
  expect(attributes).not.toHaveProperty("swarm.decision.ruled_by");
  const { "swarm.decision.share": share, "swarm.decision.confidence": confidence } = attributes;
  for (const part of [share, confidence]) {
    expect(part).toBeGreaterThan(0.5);
    expect(part).toBeLessThan(1);
  }
  expect(share).not.toBe(confidence);
});

test.each([
  [2, 3],
  [4, 4],
])("a task that wants %i of four to vote gets a quorum of %i", (quorum, expected) => {
  const { attributes } = decisionIn(spansAfter([openedWith(["a", "b", "c", "d"], { quorum })]));
  expect(attributes["swarm.decision.quorum"]).toBe(expected);
});

test("an entry that could not be taken says why, but for what it quotes", () => {
  const entry = openedWith(["a"]);
  const input = { type: "entry.committed", term: 1, index: 0, leader: 2, entry } as const;
  const failed = { code: "TypeError", message: 'cannot read "SECRET" of it' };
  const rows = [handHeader(), ...turnRows({ actor: decisionsActor, input, failed })].map((row) => ({ row }));
  const [taken] = ofUnit([...spansOf(rows, readerDeps)], "process");
  expect(taken).toMatchObject({
    status: { type: "error", message: 'cannot read "…" of it' },
    attributes: { "error.type": "TypeError" },
  });
});

test("its ballots are told as they came, each with a link to the turn that took it", () => {
  const opened = openedWith(["a", "b", "c"], { rule: "majority", options: ["A", "hunter22"] });
  const spans = spansAfter([opened, cast("c", null), cast("a", "hunter22", 0.75), cast("b", "A")]);
  const told = eventsOf(spans);
  expect(told).toMatchObject([
    { name: "ballot.counted", at: 4, agent: "c", status: "abstained" },
    { name: "ballot.counted", at: 6, agent: "a", status: "counted", choice: "[redacted]", confidence: 0.75 },
    { name: "ballot.counted", at: 8, agent: "b", status: "counted", choice: "A", weight: 1e6 },
  ]);
  for (const ballot of told) expect(ballot).not.toHaveProperty("round");
  expect(told[0]).not.toHaveProperty("choice");
  expect(told[2]).not.toHaveProperty("confidence");
  const takes = ofUnit(spans, "process").filter(
    ({ attributes }) => attributes["swarm.raft.entry.type"] === "ballot.cast",
  );
  expect(decisionIn(spans).links).toEqual(
    takes.map(({ spanId }) => ({ spanId, attributes: { "swarm.link.type": "ballot" } })),
  );
  expect(decisionIn(spans).attributes["swarm.decision.options"]).toEqual(["A", "[redacted]"]);
});

test("why someone voted is told on request, and why someone abstained without what it quotes", () => {
  const entries = [
    openedWith(["a", "b"], { rule: "majority" }),
    { ...cast("a", "A"), reason: "hunter22 says so" },
    { ...cast("b", null), reason: 'odd "SECRET"' },
  ];
  expect(eventsOf(spansAfter(entries)).map((event) => ({ reason: undefined, ...event }).reason)).toEqual([
    undefined,
    'odd "…"',
  ]);
  expect(
    eventsOf(spansAfter(entries, true)).map((event) => ({ reason: undefined, ...event }).reason),
  ).toEqual(["[redacted] says so", 'odd "SECRET"']);
});

test("a winner that is a secret is not told", () => {
  const opened = openedWith(["a", "b"], { rule: "majority", options: ["A", "hunter22"] });
  const { attributes } = decisionIn(spansAfter([opened, cast("a", "hunter22"), cast("b", "hunter22")]));
  expect(attributes["swarm.decision.winner"]).toBe("[redacted]");
});

test("each round tells its own ballots, and what came too late for one is none of the next", () => {
  const spans = spansAfter([
    openedWith(["a", "b"], { rounds: 1, rule: "unanimity" }),
    cast("a", "A"),
    cast("b", "B"),
    { ...cast("a", "A"), round: 1 },
    // Committed when the next round has begun.
    cast("a", "B"),
    { ...cast("b", "A"), round: 1 },
  ]);
  expect(eventsOf(spans)).toMatchObject([
    { name: "ballot.counted", at: 4, agent: "a", choice: "A" },
    { name: "ballot.counted", at: 6, agent: "b", choice: "B" },
    { name: "round.opened", at: 6, round: 1, kind: "debate" },
    { name: "ballot.counted", at: 8, agent: "a", choice: "A", round: 1 },
    { name: "ballot.counted", at: 12, agent: "b", choice: "A", round: 1 },
  ]);
  expect(decisionIn(spans).attributes).toMatchObject({
    "swarm.decision.outcome": "settled",
    "swarm.decision.rounds": 2,
  });
});

test("who voted in the round before and not in this one is missing, without a turn that took it", () => {
  const spans = spansAfter([
    openedWith(["a", "b"], { rounds: 1, rule: "unanimity" }),
    cast("a", "A"),
    cast("b", "B"),
    { ...cast("a", "A"), round: 1 },
    { type: "decision.closed", decision: "d", round: 1, reason: "deadline" },
  ]);
  expect(eventsOf(spans).slice(3)).toMatchObject([
    { at: 8, agent: "a", status: "counted" },
    { at: 10, agent: "b", status: "missing" },
  ]);
  expect(decisionIn(spans).links).toHaveLength(3);
});

test("a judge is named, and the ballots that it saw are told once", () => {
  const spans = spansAfter([
    openedWith(["a", "b"], { escalate: "judge", judge: electorOf("j"), rule: "unanimity" }),
    cast("a", "A"),
    cast("b", "B"),
    { ...cast("j", "B"), round: 1 },
  ]);
  expect(eventsOf(spans).map(({ name }) => name)).toEqual([
    "ballot.counted",
    "ballot.counted",
    "round.opened",
  ]);
  expect(decisionIn(spans).attributes).toMatchObject({
    "swarm.decision.outcome": "settled",
    "swarm.decision.winner": "B",
    "swarm.decision.ruled_by": "j",
  });
});

test("a person is named as such", () => {
  const { attributes } = decisionIn(
    spansAfter([
      openedWith(["a", "b"], { escalate: "human", rule: "unanimity" }),
      cast("a", "A"),
      cast("b", "B"),
      { type: "decision.ruled", decision: "d", option: "B" },
    ]),
  );
  expect(attributes["swarm.decision.ruled_by"]).toBe("person");
});

test("an abstention that the workflow says for a voter stands behind the voter's own ballot", () => {
  const spans = spansAfter([
    openedWith(["a", "b"], { rule: "majority" }),
    cast("a", "A"),
    { ...cast("a", null), onBehalf: true },
    cast("b", "A"),
  ]);
  expect(eventsOf(spans)).toMatchObject([
    { at: 4, agent: "a", status: "counted" },
    { at: 8, agent: "b" },
  ]);
});

test("a proposal lasts until it is committed, and says where and by whose lead", () => {
  const spans = spansAfter([openedWith(["a", "b"]), { entry: cast("a", "A"), term: 3 }]);
  const [opening, ballot] = ofUnit(spans, "propose");
  expect(opening?.attributes).not.toHaveProperty("gen_ai.agent.id");
  expect(ballot).toMatchObject({
    name: "raft.propose",
    startUs: 3e6,
    endUs: 4e6,
    attributes: {
      "swarm.raft.entry.type": "ballot.cast",
      "swarm.raft.term": 3,
      "swarm.raft.index": 1,
      "swarm.raft.node": 2,
      "swarm.decision.id": "d",
      "gen_ai.agent.id": agentActor("a", "d"),
    },
    events: [{ name: "committed", atUs: 4e6, attributes: { "swarm.raft.term": 3, "swarm.raft.index": 1 } }],
  });
  const taken = ofUnit(spans, "process").find(({ parentSpanId }) => parentSpanId === ballot?.spanId);
  expect(taken).toMatchObject({
    name: "process raft.commit",
    kind: "consumer",
    links: [{ spanId: ballot?.spanId, attributes: { "swarm.link.type": "proposal" } }],
  });
});

test("an election is told at the first commit of each term, and no other", () => {
  const spans = spansAfter([
    openedWith(["a", "b", "c"]),
    { entry: cast("a", "A"), term: 1 },
    { entry: cast("b", "A"), term: 4 },
    { entry: cast("c", "A"), term: 4 },
  ]);
  expect(ofUnit(spans, "election").map(({ startUs, attributes }) => [startUs / 1e6, attributes])).toEqual([
    [2, { "swarm.run.id": "r", "swarm.raft.term": 1, "swarm.raft.node": 2, "swarm.raft.outcome": "elected" }],
    [6, { "swarm.run.id": "r", "swarm.raft.term": 4, "swarm.raft.node": 2, "swarm.raft.outcome": "elected" }],
  ]);
});
