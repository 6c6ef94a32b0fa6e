import { describe, expect, test } from "vitest";
import { explanationText } from "../../../../cli/explain/text.ts";
import type { Outcome } from "../../../../coordination/protocol/decision-messages.ts";
import { explained } from "../../../support/explained.ts";
import { cast, openedWith, team } from "../../coordination/decision/builders.ts";

const opened = openedWith(["a", "b", "c"], { rule: "majority", options: ["A", "B"] });
const base = explained({
  opened,
  ballots: [cast("a", "A", 0.9), { ...cast("b", "A"), reason: `it ${"works ".repeat(99)}` }, cast("c", "B")],
  trust: team,
});
const toldWith = (more: Partial<Outcome>, truth: string | null = null): string =>
  explanationText({ ...base, truth, outcome: { ...base.outcome, ...more } });

describe("a decision for people", () => {
  test("lists reasons in favour only of who gave one, cut to a line", () => {
    const favour = /\nin favour\n([^]*?)\n\n/.exec(toldWith({}))?.[1] ?? "";
    expect(favour).toMatch(/^ {2}b for A: it works (works )+wor…$/);
    expect(favour.length).toBeLessThan(320);
  });

  test("tells by how much the confidence of so many was scaled down", () =>
    expect(toldWith({})).toMatch(
      /^confidence +[\d.]+ %: softmax of the weights × 0\.5000, as 3 who vote err alike$/m,
    ));

  test("tells a calibrated confidence once there is one", () => {
    expect(toldWith({})).not.toMatch(/^calibrated/m);
    expect(toldWith({ calibratedPpm: 712_000 })).toMatch(/^calibrated +71\.2 %: so often teams were right/m);
  });

  test("judges nobody by the truth where nothing was settled", () => {
    expect(toldWith({ settled: false }, "A")).toMatch(/^truth +A$/m);
    const { reason: _, ...plain } = base.outcome;
    const told = explanationText({ ...base, truth: "B", outcome: { ...plain, settled: true, option: "A" } });
    expect(told).toMatch(/^truth +B: the team was wrong$/m);
  });

  test("says whose share it is only where somebody ruled and the votes recommended something", () => {
    const ruling = { by: "person", option: "B" } as const;
    expect(toldWith({})).toMatch(/^share +66\.7 % of the capped weight$/m);
    expect(toldWith({ ruling: { ...ruling, recommended: "A" } })).toMatch(/capped weight for A$/m);
    expect(toldWith({ ruling: { ...ruling, recommended: null } })).toMatch(/of the capped weight$/m);
  });

  test("tells no confidence of who gave none", () => expect(toldWith({})).toMatch(/^ {2}b +A +- +[\d.]+ %/m));

  test("names beside a vote only what else its voter approves of", () => {
    const approval = openedWith(["a", "b"], { rule: "approval", options: ["A", "B", "C"] });
    const ballots = [
      { ...cast("a", "A", 0.9), approved: ["A", "C"], reason: "both will do" },
      cast("b", "A", 0.9),
    ];
    expect(explanationText(explained({ opened: approval, ballots, trust: team }))).toContain(
      "  a for A, also approves of C: both will do",
    );
  });

  test("names the ballots as those of the last round where there were several", () => {
    expect(toldWith({})).toContain("\nballots\n");
    const earlier = [
      { kind: "first", option: null, sharePpm: 0, confidencePpm: 0, ballots: base.outcome.ballots },
    ] as const;
    expect(toldWith({ earlier })).toContain("\nballots of the last round\n");
  });
});
