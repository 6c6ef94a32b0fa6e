import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { PlanStep, RunPlan } from "../../../actors/workflow/plan.ts";
import { estimateOf } from "../../../cli/plan/estimate.ts";
import { stepGraph } from "../../../cli/plan/graph.ts";
import { escapeLabel, mermaidOf } from "../../../cli/plan/mermaid.ts";

const ask = (id: string, prompt = "Why?"): PlanStep => ({ type: "ask", id, agent: "a", prompt });

const plan: RunPlan = {
  version: 1,
  name: "drawn",
  inputs: { log: { type: "file", path: "/log", text: "1\n2\n" } },
  models: {},
  agents: { a: { name: "a", role: "reader", model: "m", maxTokens: 10, attempts: 1 } },
  steps: [
    {
      type: "map",
      id: "each",
      over: "${{ inputs.log.lines }}",
      as: "line",
      concurrency: 32,
      steps: [{ type: "parallel", id: "both", steps: [ask("one"), ask("two")] }],
    },
    {
      type: "group",
      id: "ranked",
      over: "${{ steps.each.items }}",
      as: "item",
      by: "${{ item.index }}",
      order: [],
      take: 3,
      if: "${{ true }}",
    },
  ],
  outputs: {},
  budget: {},
  coordinators: 3,
};

test("the graph shows every step below the one that it is in, with what it costs", () => {
  expect(stepGraph(plan.steps, estimateOf(plan))).toBe(
    [
      "├─ each: map over inputs.log.lines as line · 32 at once · 2 items",
      "│  └─ both: parallel all at once",
      "│     ╠═ one: ask a · free text · 2 calls",
      "│     ╚═ two: ask a · free text · 2 calls",
      "└─ ranked: group steps.each.items by item.index · the first 3 · if true",
    ].join("\n"),
  );
});

test("what is one is told as one", () => {
  const one = { ...plan, inputs: { log: { type: "file", path: "/log", text: "1\n" } } } as const;
  const graph = stepGraph(one.steps, estimateOf(one));
  expect(graph).toMatch(/32 at once · 1 item\n/);
  expect(graph).toMatch(/free text · 1 call\n/);
});

test("the flowchart draws maps and parallel steps as frames, and arrows only where order is meant", () => {
  expect(mermaidOf(plan.steps, ["report"]).split("\n")).toEqual([
    "flowchart TD",
    '  subgraph n0["each<br/>map over inputs#46;log#46;lines as line<br/>32 at once"]',
    '    subgraph n1["both<br/>parallel all at once"]',
    '      n2["one<br/>ask a<br/>free text"]',
    '      n3["two<br/>ask a<br/>free text"]',
    "    end",
    "  end",
    '  n4[/"ranked<br/>group steps#46;each#46;items by item#46;index<br/>the first 3<br/>if true"/]',
    "  n0 --> n4",
    '  o0(["report"])',
    "  n4 --> o0",
    "",
  ]);
});

describe("no name of a task", () => {
  const hostile = [
    'end"]',
    "<script>alert(1)</script>",
    "a\nb",
    "`x`",
    "1. list",
    "#quot;",
    "n0 --> n0",
    "%% comment",
    "\u001B[2J",
    "💥",
    "---\ntitle: x\n---",
  ];

  test.each(hostile)("breaks a label: %j", (text) => {
    expect(escapeLabel(text)).toMatch(/^(?:[A-Za-z0-9 ,]|#\d+;)*$/);
  });

  test.each([
    ["a\u202Eb", "a#92;u202eb"],
    ["a\u200Bb", "a#92;u200bb"],
    ["a\u001Bb", "a#92;x1bb"],
    ["a\uD83D", "a#92;ud83d"],
  ])("turns a label around or hides in it: %j", (text, label) => {
    expect(escapeLabel(text)).toBe(label);
  });

  test("breaks the lines of a flowchart, whatever it is", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (id, agent) => {
        const lines = mermaidOf([{ ...ask(id), agent } as PlanStep], [id])
          .trimEnd()
          .split("\n");
        expect(lines).toHaveLength(4);
        expect(lines[1]).toMatch(/^ {2}n0\["(?:[A-Za-z0-9 ,]|#\d+;|<br\/>)*"\]$/);
      }),
    );
  });

  test("reaches a terminal as a command", () => {
    const steps = [ask("x\u001B[2J"), { ...ask("y"), if: "${{ '\u001B]0;title\u0007' }}" }];
    expect(stepGraph(steps, estimateOf({ ...plan, steps }))).not.toMatch(
      /[\u0000-\u0009\u000B-\u001F\u007F]/,
    );
  });
});
