import { describe, expect, test } from "vitest";
import { explanationMermaid } from "../../../../cli/explain/mermaid.ts";
import type { Outcome } from "../../../../coordination/protocol/decision-messages.ts";
import { explained } from "../../../support/explained.ts";
import { cast, openedWith, team } from "../../coordination/decision/builders.ts";

const opened = openedWith(["a", "b", "c"], { rule: "majority" });
const votes = [cast("a", "A", 0.9), cast("b", "A"), cast("c", "B", 0.9)];
const linesOf = (explanation: ReturnType<typeof explained>): readonly string[] =>
  explanationMermaid(explanation)
    .trimEnd()
    .split("\n")
    .map((line) => line.trim());

describe("the flowchart of a decision", () => {
  test("leads from each ballot that counts to its option, and from no other", () => {
    const ballots = [{ ...cast("a", "A", 0.9), approved: ["Z"] }, cast("b", "A"), cast("c", null)];
    const lines = linesOf(explained({ opened, ballots, trust: team }));
    expect(lines.filter((line) => /^v\d -->/.test(line))).toEqual(['v1 -->|"1,000,000"| o0']);
    expect(lines).toContain('v0["a<br/>voted for what was not offered"]');
    expect(lines).toContain('v1["b<br/>A"]');
    expect(lines).toContain('v2["c<br/>abstained"]');
  });

  test("says how sure a voter is only where it said so, and ends where the last gate leads", () => {
    const lines = linesOf(explained({ opened, ballots: votes, trust: team }));
    expect(lines).toContain('v0["a<br/>A, 90#46;0 #37; sure"]');
    expect(lines.filter((line) => /^[og]\d -->/.test(line))).toEqual([
      'g0 -->|"yes"| g1',
      'g1 -->|"yes"| g2',
      'g2 -->|"yes"| g3',
      'g3 -->|"yes"| g4',
      'g4 -->|"no"| end0',
      "o0 --> g0",
      "o1 --> g0",
    ]);
    expect(lines.at(-1)).toMatch(
      /^end0\(\["not settled, below#45;threshold<br\/>recommends A<br\/>share 66#46;7/,
    );
  });

  test("of a tie recommends nothing", () =>
    expect(
      linesOf(explained({ opened, ballots: [...votes.slice(1), cast("a", null)], trust: team })).at(-1),
    ).toMatch(/^end0\(\["not settled, tie<br\/>share 50#46;0/));

  test("of votes that only advise has no gates, and names who ruled", () => {
    const advised = explained({ opened: { ...opened, rule: "judge" }, ballots: votes, trust: team });
    const { reason: _, ...plain } = advised.outcome;
    const ruled = (ruling: Outcome["ruling"]): readonly string[] =>
      linesOf({ ...advised, outcome: { ...plain, settled: true, option: "B", ...(ruling && { ruling }) } });
    const lines = ruled({ by: "judge", judge: "judy", option: "B", recommended: "A" });
    expect(lines.filter((line) => /^[og]\d/.test(line) && line.includes("-->"))).toEqual([
      "o0 --> end0",
      "o1 --> end0",
    ]);
    expect(lines.at(-1)).toContain("judy ruled B<br/>the votes#58; A, share");
    expect(ruled({ by: "person", option: "B", recommended: null }).at(-1)).toContain(
      "a person ruled B<br/>the votes#58; nobody leads, share",
    );
  });
});
