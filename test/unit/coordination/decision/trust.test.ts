import { expect, test } from "vitest";
import {
  binOf,
  calibration,
  poolAdjacentViolators,
  usableConfidence,
} from "../../../../coordination/decision/calibration.ts";
import { constants } from "../../../../coordination/decision/constants.ts";
import { grade } from "../../../../coordination/decision/grade.ts";
import type { Grade, GradedTrust } from "../../../../coordination/decision/grade.ts";
import { priorFrom } from "../../../../coordination/decision/prior.ts";
import { decodeTrust } from "../../../../coordination/decision/decode-trust.ts";
import {
  countsOf,
  domainAbility,
  domainOf,
  emptyAgent,
  emptyDomain,
  emptyTrust,
  optionOf,
  optionPrecision,
  trustIn,
} from "../../../../coordination/decision/trust.ts";
import { agentWith, domain, model, team } from "./builders.ts";

const nothing: GradedTrust = { counts: emptyTrust, graded: {} };
const given: Grade = { decision: "d1", agent: "a", model, domain, confidencePpm: 900_000, right: true };

test("a grade counts once for the agent, its domain and its bin", () => {
  const { counts } = grade(nothing, given);
  expect(countsOf(counts, "a", model)).toEqual(agentWith([[0.9, 1, 1]]));
});

test("the same grade again changes nothing, whatever it says now", () => {
  const once = grade(nothing, given);
  expect(grade(once, given)).toBe(once);
  expect(grade(once, { ...given, right: false })).toBe(once);
});

test("another model behind the same name starts as a newcomer", () => {
  expect(countsOf(grade(nothing, given).counts, "a", "m2")).toEqual(emptyAgent);
});

test("a count that reaches 128 answers is halved, rounding down", () => {
  let trust = nothing;
  for (let at = 0; at < 128; at += 1) trust = grade(trust, { ...given, decision: `d${at}`, right: at !== 0 });
  expect(countsOf(trust.counts, "a", model)).toEqual(agentWith([[0.9, 63, 64]]));
});

test("names that every object has are names like others", () => {
  const odd = { ...given, agent: "constructor", domain: "toString", decision: "valueOf" };
  const { counts } = grade(nothing, odd);
  expect(countsOf(counts, "constructor", model).domains["toString"]?.all).toBe(1);
  expect(countsOf(emptyTrust, "constructor", model)).toBe(emptyAgent);
});

test("abilities are shrunk to the level above", () => {
  expect(domainAbility(emptyAgent, domain)).toBeCloseTo(0.6, 15);
  expect(domainAbility(countsOf(team, "a", model), domain)).toBeCloseTo(0.896_934_865_900_383_2, 15);
});

test.each([
  ["a newcomer counts half", {}, 0.5],
  ["many answers approach one", { right: 0, all: 96 }, 0.98],
  ["one broken promise outweighs one kept", { kept: 1, broken: 1 }, (0.5 * (10 / 16)) / 0.9],
  ["hindering costs", { hindered: 10 }, (0.5 * (9 / 20)) / 0.9],
  ["help makes up for a part of a broken promise", { helped: 90, broken: 1 }, (0.5 * 1.1 * 0.6) / 0.9],
  ["helping lifts none above the rest", { helped: 90, kept: 90 }, 0.5],
])("trust: %s", (_, change, expected) =>
  expect(trustIn({ ...emptyAgent, ...change })).toBeCloseTo(expected, 12),
);

test.each([
  ["rising stays", [1, 2, 3], [1, 1, 1], [1, 2, 3]],
  ["a fall is pooled by weight", [1, 4, 1], [1, 1, 3], [1, 1.75, 1.75]],
  ["pooling reaches back", [2, 3, 0], [1, 1, 2], [1.25, 1.25, 1.25]],
])("pool adjacent violators: %s", (_, values, weights, expected) =>
  expect(poolAdjacentViolators(values, weights)).toEqual(expected),
);

test("an edge belongs to the bin above it", () => {
  for (const [below, edge] of constants.binEdges.entries()) {
    expect(binOf(edge)).toBe(below + 1);
    expect(binOf(edge - 1e-6)).toBe(below);
  }
});

test.each([
  ["none is one half", null, 0.5],
  ["no number is one half", Number.NaN, 0.5],
  ["more than all is one half", Infinity, 0.5],
  ["certainty is almost that", 1_000_000, 0.99],
  ["more than certainty is no more", 2_000_000, 0.99],
  ["none at all is almost that", 0, 0.01],
  ["less than none is no less", -5, 0.01],
  ["any other is as it was said", 730_000, 0.73],
])("a confidence as it is used: %s", (_, confidencePpm, used) =>
  expect(usableConfidence(confidencePpm)).toBe(used),
);

test("what an agent is calibrated for in one domain is not what it is in another", () => {
  const agent = agentWith([[0.9, 50, 50]]);
  const both = {
    ...agent,
    domains: { ...agent.domains, other: domainOf(agentWith([[0.9, 5, 50]]), domain) },
  };
  const [first, second] = [calibration(both, domain), calibration(both, "other")];
  expect(first[binOf(0.9)]).toBeGreaterThan(second[binOf(0.9)] ?? 1);
  expect(calibration(both, domain)).toEqual(first);
});

test("an agent that errs when sure is not believed for being sure", () => {
  const levels = calibration(
    agentWith([
      [0.6, 19, 20],
      [0.99, 2, 20],
    ]),
    domain,
  );
  expect(levels).toEqual([...levels].sort((a, b) => a - b));
  expect(levels[6]).toBeLessThan(0.6);
});

test("a prior keeps the rate of the held-out answers and stays below the bound of what is learned", () => {
  const bins = [0, 0, 0, 0, 900, 0, 100].map((all) => ({ right: all * 0.9, all }));
  const prior = priorFrom({ sec: bins, other: bins });
  expect(prior.domains["sec"]).toMatchObject({ right: 112, all: 125 });
  expect(prior.domains["sec"]?.bins[4]).toEqual({ right: 101, all: 112 });
  expect(prior.domains["sec"]?.bins[6]).toEqual({ right: 90, all: 100 });
  expect(prior).toMatchObject({ right: 112, all: 125 });
});

test("counts survive a header", () => {
  expect(decodeTrust(JSON.parse(JSON.stringify(team)))).toEqual(team);
  expect(decodeTrust(JSON.parse(JSON.stringify(emptyTrust)))).toEqual(emptyTrust);
});

const withBins = (bins: readonly unknown[]) => ({
  ...emptyAgent,
  domains: { sec: { right: 0, all: 0, bins } },
});

test.each([
  ["nothing", undefined],
  ["a list", { agents: [] }],
  ["an agent without domains", { agents: { a: { m: { ...emptyAgent, domains: undefined } } } }],
  ["a kept promise of text", { agents: { a: { m: { ...emptyAgent, kept: "1" } } } }],
  ["broken bins", { agents: { a: { m: withBins(emptyDomain.bins.with(6, { right: 2, all: 1 })) } } }],
  ["half a count", { agents: { a: { m: { ...emptyAgent, right: 0.5 } } } }],
  ["more right than asked", { agents: { a: { m: { ...emptyAgent, right: 2, all: 1 } } } }],
  ["less than nothing", { agents: { a: { m: { ...emptyAgent, hindered: -1 } } } }],
  ["half a broken promise", { agents: { a: { m: { ...emptyAgent, broken: 0.5 } } } }],
  [
    "options that are none",
    { agents: { a: { m: { ...emptyAgent, domains: { sec: { ...emptyDomain, options: { A: 1 } } } } } } },
  ],
  [
    "an option that was right more often than named",
    {
      agents: {
        a: {
          m: { ...emptyAgent, domains: { sec: { ...emptyDomain, options: { A: { right: 1, all: 0 } } } } },
        },
      },
    },
  ],
  ["too few bins", { agents: { a: { m: withBins([]) } } }],
])("damaged counts are refused: %s", (_, value) =>
  expect(() => decodeTrust(value)).toThrow(expect.objectContaining({ code: "LOG_CORRUPT" })),
);

test("what an agent voted for is counted where it is known", () => {
  const { counts } = grade(nothing, { ...given, option: "__proto__" });
  const known = domainOf(countsOf(counts, "a", model), domain);
  expect(optionOf(known, "__proto__")).toEqual({ right: 1, all: 1 });
  expect(optionOf(known, "toString")).toEqual({ right: 0, all: 0 });
  expect(decodeTrust(JSON.parse(JSON.stringify(counts)))).toEqual(counts);
});

test("of the options of a domain the rarest makes room, so that their number is bounded", () => {
  let trust = grade(nothing, { ...given, option: "often" });
  trust = grade(trust, { ...given, decision: "again", option: "often" });
  for (let at = 0; at < 200; at += 1)
    trust = grade(trust, { ...given, decision: `d-${at}`, option: `once ${at}` });
  const { options } = domainOf(countsOf(trust.counts, "a", model), domain);
  expect(Object.keys(options ?? {})).toHaveLength(constants.optionsKept);
  expect(options).toHaveProperty("often");
  expect(options).toHaveProperty("once 199");
});

test("every option of the largest decision that a task may ask for is remembered", () => {
  const options = Array.from({ length: 64 }, (_, at) => `option ${at}`);
  const trust = options.reduce(
    (known, option) => grade(known, { ...given, decision: option, option }),
    nothing,
  );
  expect(Object.keys(domainOf(countsOf(trust.counts, "a", model), domain).options ?? {})).toEqual(options);
});

test("an agent is as precise about an option that it never voted for as it is able", () => {
  const ann = countsOf(team, "a", model);
  expect(optionPrecision(ann, domain, "A")).toBe(domainAbility(ann, domain));
});
