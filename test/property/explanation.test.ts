import fc from "fast-check";
import { expect, test } from "vitest";
import type { TrustCounts } from "../../coordination/decision/trust.ts";
import { effectiveVoters } from "../../coordination/decision/effective-voters.ts";
import { explanationJson } from "../../cli/explain/explanation.ts";
import { fileFamily } from "../../actors/workflow/family.ts";
import { explanationMermaid } from "../../cli/explain/mermaid.ts";
import { explanationText } from "../../cli/explain/text.ts";
import { cast, openedWith, team } from "../unit/coordination/decision/builders.ts";
import { often } from "../support/deep.ts";
import { explained } from "../support/explained.ts";
import { aCase } from "./decision-cases.ts";

test("the parts that are shown make the weight that counted, to the last digit", () => {
  fc.assert(
    fc.property(aCase, (given) => {
      for (const { account, weight, calibratedPpm, abilityPpm, trustPpm } of explained(given).ballots) {
        expect(Math.round(1e6 * account.domainAbility)).toBe(abilityPpm);
        expect(Math.round(1e6 * account.trust.trust)).toBe(trustPpm);
        if (account.confidence !== undefined)
          expect(Math.round(1e6 * account.confidence.calibrated)).toBe(calibratedPpm);
        if (account.evidence !== undefined) expect(account.evidence.weight).toBe(weight);
      }
    }),
    { numRuns: often(2_000, 20_000) },
  );
});

const shutBy = {
  "no-quorum": "quorum",
  "all-abstain": "ballots",
  "no-evidence": "evidence",
  tie: "one leader",
  "below-threshold": "share",
  "too-few-heads": "heads",
  "no-ruling": undefined,
} as const;

test("a gate is shut if and only if the decision did not settle, and it is the one of the reason", () => {
  fc.assert(
    fc.property(aCase, (given) => {
      const { gates, outcome } = explained(given);
      const last = gates.at(-1);
      // Votes that only advise go through no gate.
      expect(last?.passed).toBe(given.opened.rule === "judge" ? undefined : outcome.settled);
      if (given.opened.rule === "judge") return;
      if (outcome.reason !== undefined && outcome.reason !== "deadline")
        expect(last?.gate).toBe(shutBy[outcome.reason]);
    }),
    { numRuns: often(2_000, 20_000) },
  );
});

test.each([
  ["nobody", [], 0],
  ["one", [5], 1],
  ["two alike are worth 1.33", [5, 5], 4 / 3],
  ["eleven alike are worth less than two", Array.from({ length: 11 }, () => 3), 11 / 6],
  ["one that carries all is worth one", [1_000_000, 0, 0], 1],
])("effective voters: %s", (_, weights, expected) =>
  expect(effectiveVoters(weights.map((weight) => ({ weight })))).toBeCloseTo(expected, 12),
);

test.each([
  ["/models/Qwen2.5-7B-Instruct-Q4_K_M.gguf", "qwen2.5"],
  ["Qwen2.5-0.5B-Q8_0.gguf", "qwen2.5"],
  ["Meta-Llama-3.1-8B-Instruct.Q5_K_S.gguf", "meta-llama-3.1"],
  ["Mistral-Instruct-v0.3.gguf", "mistral"],
  ["mine.gguf", "mine"],
])("the family of %s is %s", (file, family) => expect(fileFamily(file)).toBe(family));

const example = (trust: TrustCounts = team) =>
  explained({
    opened: openedWith(["a", "b", "c", "e"], { question: 'Which <b>"one"</b>\u001B[31m?' }),
    ballots: [
      { ...cast("a", "A", 0.9), reason: "tests pass" },
      cast("b", "B", 0.9),
      { ...cast("c", null), reason: "cannot tell" },
      cast("e", "A", 0.9),
      cast("e", "B", 0.9),
    ],
    trust,
  });

test("a person is shown outcome, dissent, who did not count and why, and every step of a weight", () => {
  const text = explanationText(example());
  expect(text).toContain("warning: a, b, c and e run the same model");
  expect(text).toContain("warning: e gave two different ballots: neither counts");
  expect(text).toContain("c abstained: cannot tell");
  expect(text).toContain("b for B: no reason given");
  expect(text).toContain("(45 + 4 × 0.6) / (50 + 4) = 0.8778 overall");
  expect(text).toMatch(/weight +2\.\d+ × 1\.0000 = 2,\d+,\d+ millionths of a nat/);
  expect(text).not.toContain("\u001B");
  expect(text).toMatchSnapshot();
});

test("under classwise the way to a weight leads through the option", () => {
  const opened = openedWith(["a", "b"], { rule: "classwise" });
  const text = explanationText(
    explained({ opened, ballots: [cast("a", "A", 0.9), cast("b", "B", 0.9)], trust: team }),
  );
  expect(text).toContain("(0 + 8 × 0.8969) / (0 + 8) = 0.8969 when it votes A");
  expect(text).toContain("odds(0.8990) × odds(0.8969) / odds(0.8969) = odds(0.8990)");
  expect(text).toContain(
    "exp(-10 × 0.9167 × 0.2969 behind the best ability) = 0.0657; max(0, 1 - (2 - 1) / 12.0000) = 0.9167 of such gaps is more than chance",
  );
});

test("under approval the shares of the options are those that the gates look at, and what each approves of is told", () => {
  const opened = openedWith(["a", "b", "c"], { rule: "approval", options: ["A", "B", "C"] });
  const text = explanationText(
    explained({
      opened,
      ballots: [
        { ...cast("a", "A", 0.9), approved: ["A", "C"] },
        { ...cast("b", "B", 0.9), approved: ["B", "C"] },
        { ...cast("c", "C", 0.9), approved: ["C"] },
      ],
      trust: team,
    }),
  );
  expect(text).toContain("share       100.0 % of the capped weight");
  expect(text).toMatch(/C +3,000,000 +3 +3,000,000 +100\.0 %/);
  expect(text).toMatch(/A +1,000,000 +1 +1,000,000 +33\.3 %/);
  expect(text).toMatch(/approves of +A, C/);
  expect(text).not.toContain("dissent");
});

test("of a tie all reasons are told, and nobody dissents", () => {
  const opened = openedWith(["b", "c"]);
  const ballots = [
    { ...cast("b", "A", 0.9), reason: "tests pass" },
    { ...cast("c", "B", 0.9), reason: "it is late" },
  ];
  const text = explanationText(explained({ opened, ballots, trust: team }));
  expect(text).toContain("reasons\n  b for A: tests pass\n  c for B: it is late\n");
  expect(text).not.toContain("dissent");
});

test("where somebody ruled, the numbers say of which option they are", () => {
  const opened = openedWith(["b", "c"], { thresholdPpm: 990_000 });
  const ballots = [cast("b", "A", 0.9), cast("c", "A", 0.9)];
  const explanation = explained({ opened, ballots, trust: team });
  const outcome = {
    ...explanation.outcome,
    option: "B",
    ruling: { by: "person", option: "B", recommended: "A" },
  } as const;
  expect(explanationText({ ...explanation, outcome })).toMatch(
    /share +100\.0 % of the capped weight for A\n/,
  );
  expect(explanationMermaid({ ...explanation, outcome })).toContain("the votes#58; A, share 100#46;0 #37;");
});

test("the tree of an approval leads from a voter to all that it approves of", () => {
  const opened = openedWith(["a", "b"], { rule: "approval", options: ["A", "B"] });
  const ballots = [{ ...cast("a", "A", 0.9), approved: ["A", "B"] }, cast("b", "B", 0.9)];
  const chart = explanationMermaid(explained({ opened, ballots, trust: team }));
  expect(chart.match(/v0 -->\|"1,000,000"\| o\d/g)).toHaveLength(2);
  expect(chart.match(/v1 -->\|/g)).toHaveLength(1);
});

test("under ranked the shares of the options are those of their hardest duels, and each order is told", () => {
  const opened = openedWith(["a", "b"], { rule: "ranked", options: ["A", "B", "C"] });
  const given = {
    opened,
    ballots: [
      { ...cast("a", "A", 0.9), ranking: ["A", "C", "B"] },
      { ...cast("b", "A", 0.9), ranking: ["A", "B", "C"] },
    ],
    trust: team,
  };
  const text = explanationText(explained(given));
  expect(text).toMatch(/C +(\d[\d,]*) +0 +\1 /);
  expect(text).toMatch(/ranks +A > C > B/);
});

test.each([
  ["the team was right", undefined],
  ["a person was right", { by: "person", option: "A", recommended: null }],
  ["the judge j was right", { by: "judge", judge: "j", option: "A", recommended: "B" }],
] as const)("with the truth at hand it says that %s", (words, ruling) => {
  const explanation = explained({ opened: openedWith(["a"]), ballots: [cast("a", "A", 0.9)], trust: team });
  const outcome = {
    ...explanation.outcome,
    settled: true,
    option: "A",
    ...(ruling === undefined ? {} : { ruling }),
  };
  expect(explanationText({ ...explanation, outcome, truth: "A" })).toMatch(
    new RegExp(`truth +A: ${words}\\n`),
  );
});

test("the tree says the same, and nothing in a name breaks it", () => {
  const chart = explanationMermaid(example());
  expect(chart).toMatch(/^flowchart TD\n/);
  expect(chart).not.toContain("<b>");
  expect(chart).not.toContain("\u001B");
  expect(chart).toContain('end0(["');
  for (const line of chart.trimEnd().split("\n").slice(1))
    expect(line).toMatch(/^ {2}\w+( --> \w+| -->\|"[^"]*"\| \w+|(\(\["|\["|\{")[^"]*("\]\)|"\]|"\}))$/);
});

test("what would turn a line of the tree around is spelt out, and no character is cut in half", () => {
  const opened = openedWith(["a"], { question: `\u202Eevil ${"💥".repeat(80)}` });
  const chart = explanationMermaid(explained({ opened, ballots: [cast("a", "A", 0.9)], trust: team }));
  expect(chart).toContain("#92;u202eevil");
  expect(chart).not.toMatch(/#8238;|#5[5-7]\d{3};|ud83d/);
});

test("a program is told dissent and who was not counted", () => {
  expect(explanationJson(example())).toMatchObject({
    effectiveVoters: expect.closeTo(1, 1),
    dissent: [{ agent: "b", option: "B", reason: null }],
    uncounted: [
      { agent: "c", conduct: "abstained", reason: "cannot tell" },
      { agent: "e", conduct: "equivocated", reason: null },
    ],
  });
});
