import fc from "fast-check";
import { expect, test } from "vitest";
import {
  conductOf,
  marksOf,
  withMark,
  type Conduct,
  type Mark,
} from "../../../../coordination/decision/marks.ts";
import { settle } from "../../../../coordination/decision/settle.ts";
import {
  domainOf,
  emptyAgent,
  emptyTrust,
  trustParts,
  withCounts,
} from "../../../../coordination/decision/trust.ts";
import type { BallotCast, EarlierRound } from "../../../../coordination/protocol/decision-messages.ts";
import { agentWith, cast, closedWith, domain, model, openedWith } from "./builders.ts";

const voters = ["right", "wrong", "shy", "absent", "stray", "liar"];
const opened = openedWith(voters);
const outcome = settle(
  closedWith(opened, [
    cast("right", "A", 0.9),
    cast("wrong", "B", 0.6),
    cast("shy", null),
    cast("stray", "Z", 0.9),
    cast("liar", "A", 0.9),
    cast("liar", "B", 0.9),
  ]),
  emptyTrust,
);
const mark: Mark = {
  run: "r",
  decision: "d",
  agent: "a",
  model,
  domain,
  truth: "A",
  conduct: "answered",
  option: "A",
  confidencePpm: 900_000,
  right: true,
};

test("a truth marks every elector: who answered by its first ballot, the others by how they behaved", () => {
  const marks = marksOf("r", opened, outcome, "A");
  expect(marks.map(({ agent, conduct, right, option }) => [agent, conduct, right, option])).toEqual([
    ["right", "answered", true, "A"],
    ["wrong", "answered", false, "B"],
    ["shy", "abstained", null, null],
    ["absent", "missing", null, null],
    ["stray", "unoffered", null, "Z"],
    ["liar", "equivocated", null, null],
  ]);
  expect(marks.every((each) => each.domain === domain && each.model === model && each.run === "r")).toBe(
    true,
  );
  expect(outcome.ballots.map(conductOf)).toEqual(marks.map(({ conduct }) => conduct));
});

test("what a ballot that does not count said, and which model said it, is kept", () => {
  const decided = openedWith(["stray", "shy", "liar"]);
  const { ballots } = settle(
    closedWith(decided, [
      { ...cast("stray", "Z", 0.9), model: "other", reason: "neither will do" },
      { ...cast("shy", null), reason: "cannot tell" },
      { ...cast("liar", "A", 0.9), reason: "so" },
      cast("liar", "B", 0.9),
    ]),
    withCounts(emptyTrust, "stray", "other", agentWith([[0.9, 90, 100]])),
  );
  expect(ballots).toMatchObject([
    { status: "void", option: "Z", confidencePpm: 900_000, model: "other", reason: "neither will do" },
    { status: "abstained", option: null, confidencePpm: null, reason: "cannot tell" },
    { status: "void", option: null, confidencePpm: null },
  ]);
  expect(ballots[0]?.abilityPpm).toBeGreaterThan(800_000);
  expect(ballots[2]).not.toHaveProperty("reason");
  const closed = { ...outcome, ballots };
  expect(marksOf("r", decided, closed, "A")[0]).toMatchObject({ model: "other", confidencePpm: 900_000 });
});

test("an answer counts in its bin, overall, for its domain and for its option", () => {
  const plain = agentWith([[0.9, 1, 1]]);
  const options = { [mark.option ?? ""]: { right: 1, all: 1 } };
  const domains = { [mark.domain]: { ...domainOf(plain, mark.domain), options } };
  expect(withMark(emptyAgent, mark)).toEqual({ ...plain, domains, helped: 1, kept: 1 });
});

test.each<[Conduct, { helped?: number; hindered?: number; kept?: number; broken?: number }]>([
  ["abstained", { helped: 1, kept: 1 }],
  ["missing", { hindered: 1 }],
  ["unoffered", { hindered: 1, kept: 1 }],
  ["equivocated", { broken: 1 }],
])("one that %s has no answer, and is known for it", (conduct, counts) => {
  expect(withMark(emptyAgent, { ...mark, conduct, right: null })).toEqual({ ...emptyAgent, ...counts });
});

test.each([0, 1, 2])(
  "who says two things in round %i broke the protocol, whatever it said before and after",
  (at) => {
    const said = (...ballots: readonly BallotCast[]) =>
      settle(closedWith(openedWith(["x", "y"]), ballots), emptyTrust).ballots;
    const honest = said(cast("x", "A"), cast("y", "A"));
    const twice = said(cast("x", "A"), cast("x", "B"), cast("y", "A"));
    const rounds = [0, 1, 2].map((round) => (round === at ? twice : honest));
    const earlier = rounds.slice(0, 2).map((ballots): EarlierRound => ({
      kind: "debate",
      option: null,
      sharePpm: 0,
      confidencePpm: 0,
      ballots,
    }));
    const ended = { ...outcome, earlier, ballots: rounds[2] ?? [] };
    expect(
      marksOf("r", openedWith(["x", "y"]), ended, "A").map(({ conduct, right }) => [conduct, right]),
    ).toEqual([
      ["equivocated", null],
      ["answered", true],
    ]);
  },
);

test("an equivocation weighs as much as five kept promises", () => {
  const honest = Array.from({ length: 20 }, () => mark).reduce(withMark, emptyAgent);
  const liar = withMark(honest, { ...mark, conduct: "equivocated", right: null });
  expect(trustParts(honest).integrity).toBe(29 / 30);
  expect(trustParts(liar).integrity).toBe(29 / 35);
  expect(trustParts(liar).trust).toBeLessThan(trustParts(honest).trust);
});

test("no count ever reaches 128, and right never exceeds all", () => {
  const conducts: readonly Conduct[] = ["answered", "abstained", "missing", "unoffered", "equivocated"];
  const marks = fc.array(
    fc.record({
      conduct: fc.constantFrom(...conducts),
      right: fc.boolean(),
      ppm: fc.integer({ min: 0, max: 1_000_000 }),
    }),
    { minLength: 200, maxLength: 600 },
  );
  fc.assert(
    fc.property(marks, (given) => {
      const counts = given.reduce(
        (agent, { conduct, right, ppm }) =>
          withMark(agent, {
            ...mark,
            conduct,
            confidencePpm: ppm,
            right: conduct === "answered" ? right : null,
          }),
        emptyAgent,
      );
      const { helped, hindered, kept, broken, domains } = counts;
      const all = [counts, ...Object.values(domains).flatMap((each) => [each, ...each.bins])];
      for (const count of all) expect(count.right).toBeLessThanOrEqual(count.all);
      for (const count of [...all.map((each) => each.all), helped + hindered, kept + broken])
        expect(count).toBeLessThan(128);
      for (const count of [helped, hindered, kept, broken]) expect(count).toBeGreaterThanOrEqual(0);
    }),
    { numRuns: 50 },
  );
});

test("a ballot of another model than the elector's is weighed and marked as that model's", () => {
  const knows = agentWith([[0.9, 90, 100]]);
  const trust = withCounts(
    withCounts(emptyTrust, "right", model, agentWith([[0.9, 10, 100]])),
    "right",
    "other",
    knows,
  );
  const decided = openedWith(["right"]);
  const own = settle(closedWith(decided, [cast("right", "A", 0.9)]), trust).ballots[0];
  const others = settle(closedWith(decided, [{ ...cast("right", "A", 0.9), model: "other" }]), trust);
  expect(others.ballots[0]?.abilityPpm).toBeGreaterThan(own?.abilityPpm ?? 1e6);
  expect(others.ballots[0]?.model).toBe("other");
  expect(marksOf("r", decided, others, "A")).toMatchObject([{ agent: "right", model: "other", right: true }]);
});
