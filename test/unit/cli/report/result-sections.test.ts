import { countOf } from "../../../../cli/count-text.ts";
import { expect, test } from "vitest";
import { conversationMap, otherAgents } from "../../../../cli/report/conversation-map.ts";
import { bounded } from "../../../../cli/report/bounded.ts";
import { timeText } from "../../../../cli/report/figures.ts";
import { clipped, html, lineOf, markupText } from "../../../../cli/report/markup.ts";
import { sequenceMermaid } from "../../../../cli/report/mermaid.ts";
import { messageSection } from "../../../../cli/report/message-section.ts";
import {
  conversationSection,
  failureSection,
  outputSection,
} from "../../../../cli/report/result-sections.ts";
import { withoutReplies } from "../../../../cli/report/safe-texts.ts";
import { runId } from "../../../../coordination/protocol/ids.ts";
import type { Json } from "../../../../coordination/protocol/json.ts";
import { shownIn, tableRowsIn } from "../../../support/shown.ts";

const outputsOf = (outputs: Record<string, Json>): string =>
  shownIn(
    outputSection({
      finished: { type: "finished", run: runId("r"), atUs: 0, outcome: "done", exit: 0, outputs },
    }),
  );

test("outputs are told by their names, long ones by their lines, and those left out are counted", () => {
  expect(outputsOf({ short: "yes", list: [1] })).toBe("Outputs short: yes list 3 lines [ 1 ]");
  expect(outputsOf({ text: "one\ntwo" })).toBe("Outputs text 2 lines one two");
  const long = "x".repeat(30_000);
  expect(outputsOf(Object.fromEntries(Array.from({ length: 9 }, (_, at) => [`o${at}`, long])))).toContain(
    "5 more outputs left out",
  );
});

test("of a failure it is told what, which code, how often, where first and why", () => {
  const failure = {
    what: "call of a model",
    code: "TIMEOUT",
    message: "late",
    firstUs: 1,
    count: 1200,
  } as const;
  const failures = [
    { ...failure, where: "agent/ann/all[0]/first:3" },
    { ...failure, where: "vote" },
  ];
  expect(tableRowsIn(failureSection({ failures, otherFailures: 0 }))).toEqual([
    ["what", "code", "times", "first in", "message"],
    ["call of a model", "TIMEOUT", "1,200", "ann in all[0]/first", "late"],
    ["call of a model", "TIMEOUT", "1,200", "vote", "late"],
  ]);
});

test("of a conversation the last lines are told, then the reply, and how many there are besides", () => {
  const lines = Array.from({ length: 14 }, (_, at) => ({ role: "user" as const, content: `line${at}.` }));
  const said = { request: "q", model: "m", agent: "ann", lines, reply: "yes", failed: false, tookUs: 1500 };
  const shown = (failed: boolean) =>
    shownIn(conversationSection({ conversations: [{ ...said, failed }], otherConversations: 2 }));
  expect(shown(false)).toMatch(
    /ann m · 1\.50 ms · q 2 earlier lines left out\. user line2\..* user line13\. reply yes 2 more calls left out\.$/,
  );
  expect(shown(true)).toMatch(/q failed 2 earlier.*user line13\. failure yes/);
});

test("why somebody abstained is told without what its reply said, and a reason for a vote stays", () => {
  const ballots = [
    { option: null, reason: 'the reply "secret words" names no option' },
    { option: "A", reason: 'it says "done"' },
  ];
  expect(withoutReplies(ballots)).toEqual([
    { option: null, reason: expect.not.stringContaining("secret words") },
    { option: "A", reason: 'it says "done"' },
  ]);
});

const arrow = (from: string, to: string, what: string, count = 1) => ({ from, to, what, count });

test("of eight agents each has its place, and what nine say to one another is added up", () => {
  const arrows = (agents: number) =>
    Array.from({ length: agents }, (_, at) => arrow(`a${at}`, "models", "asks", 10 - at));
  expect(conversationMap([{ address: "s", arrows: arrows(8) }]).speakers).toHaveLength(9);
  const { exchanges, left } = conversationMap([{ address: "s", arrows: arrows(9) }]);
  expect(exchanges[0]?.arrows.at(-1)).toEqual(arrow(otherAgents, "models", "asks", 3 + 2));
  // Kinds that share an arrow are drawn.
  expect(left).toBe(0);
  const many = Array.from({ length: 43 }, (_, at) => ({ address: `s${at}`, arrows: arrows(9) }));
  expect(conversationMap(many).left).toBe(43 * 8 - 120);
});

test("an arrow leads from who speaks to who hears it, with its tip there, and says how often", () => {
  const map = conversationMap([
    {
      address: "",
      arrows: [
        arrow("workflow", "ann", "asks", 1200),
        arrow("ann", "workflow", "answers"),
        arrow("ann", "ann", "failed"),
      ],
    },
  ]);
  const section = messageSection(map);
  expect(shownIn(section)).toContain(
    "workflow ann the run asks ×1,200 workflow → ann answers ann → workflow failed ann → ann",
  );
  const drawn = markupText(section).replace(/\s+/g, " ");
  const lines = drawn.matchAll(
    /<line x1="([\d.]+)%" x2="([\d.]+)%" y1="12".*?x="([\d.]+)%".*?d="M0 0L(-?8)/g,
  );
  expect(Array.from(lines, ([, ...places]) => places.map(Number))).toEqual([
    [25, 75, 75, -8],
    [75, 25, 25, 8],
  ]);
  expect(drawn).toMatch(/class="arrow forth".*class="arrow back".*class="arrow failed".*<circle cx="75%"/);
});

test("the same in Mermaid: a kind that came up twice is told twice, and one that failed has a cross", () => {
  const arrows = [arrow("workflow", "ann", "asks", 2), arrow("ann", "workflow", "task.failed")];
  const lines = sequenceMermaid(conversationMap([{ address: "", arrows }])).split("\n");
  expect(lines.slice(3, 6)).toEqual([
    "  Note over p0,p1: the run",
    expect.stringMatching(/^ {2}p0->>p1: asks .*2$/),
    expect.stringMatching(/^ {2}p1--xp0: task.*failed$/),
  ]);
});

test("texts are cut where they are longer than what is allowed, and not where they are as long", () => {
  expect([clipped("abcd", 4), clipped("abcde", 4)]).toEqual(["abcd", "abcd… (5 characters in all)"]);
  expect([lineOf("ab cd", 5), lineOf("ab  cde", 5)]).toEqual(["ab cd", "ab c…"]);
});

test("of things that do not fit the first stays, and none is shown beyond the bound", () => {
  const draw = (text: string) => html`${text}`;
  expect(bounded(["abc", "de", "f"], 5, draw).shown).toBe(2);
  expect(bounded(["abcdef", "g"], 5, draw).shown).toBe(1);
  expect(bounded([], 5, draw).shown).toBe(0);
});

test.each([
  [0, "0 items"],
  [1, "1 item"],
  [0.5, "0.5 items"],
  [1234, "1,234 items"],
])("%i of a thing are %s", (count, words) => expect(countOf(count, "item")).toBe(words));

test("a moment is told to the second, in one time zone", () => {
  expect(timeText(Date.UTC(2026, 10, 21, 16, 23, 47, 999) * 1000 + 999)).toBe("2026-11-21 16:23:47 UTC");
});
