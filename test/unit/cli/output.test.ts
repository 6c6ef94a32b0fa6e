import { PassThrough } from "node:stream";
import { describe, expect, test } from "vitest";
import { clipVisible, printable, table, terminalOutput } from "../../../cli/output.ts";
import { jsonView, liveView } from "../../../cli/view/live-view.ts";

describe("text from outside", () => {
  test.each([
    ["an escape sequence", "\u001B[2Jgone", "\\x1b[2Jgone"],
    ["a bell and a delete", "a\u0007\u007F", "a\\x07\\x7f"],
    ["a C1 command", "\u009B31m", "\\x9b31m"],
    ["a carriage return that would hide a line", "evil\rgood", "evil\\x0dgood"],
    ["text that is turned around", "safe\u202Eevil", "safe\\u202eevil"],
    ["what nobody sees", "pay\u200Bpal\u00AD\u2060\uFEFF", "pay\\u200bpal\\xad\\u2060\\ufeff"],
    ["a tag that nobody sees", "a\u{E0041}", "a\\u{e0041}"],
    ["half of a character", "a\uD800b", "a\\ud800b"],
    ["what is one picture stays", "👨\u200D👩\u200D👧", "👨\u200D👩\u200D👧"],
    ["tabs, new lines and letters of any script stay", "a\tb\nЖ 漢 💥", "a\tb\nЖ 漢 💥"],
  ])("is harmless: %s", (_, text, expected) => {
    expect(printable(text)).toBe(expected);
  });
});

describe("a result that was written outside", () => {
  test.each([
    ["goes to a file or a pipe as it is", false, "a\u001B[31mb\n"],
    ["is harmless to a terminal", true, "a\\x1b[31mb\n"],
  ])("%s", (_, isTTY, expected) => {
    const stdout = Object.assign(new PassThrough({ encoding: "utf8" }), { isTTY });
    const streams = { stdout, stderr: new PassThrough() };
    // Of a terminal only what is above is looked at.
    const output = terminalOutput(streams as unknown as Parameters<typeof terminalOutput>[0], true);
    output.resultFromOutside("a\u001B[31mb\n");
    expect(stdout.read()).toBe(expected);
  });
});

describe("a table", () => {
  test("has columns as wide as their widest cell and no blanks at the end", () => {
    expect(
      table([
        ["A", "BB", "C"],
        ["long", "b", ""],
      ]),
    ).toBe("A     BB  C\nlong  b");
  });

  test("of nothing is nothing", () => {
    expect(table([])).toBe("");
  });
});

describe("a clipped line", () => {
  test("stays as it is where it fits", () => {
    expect(clipVisible("\u001B[31mred\u001B[39m", 3)).toBe("\u001B[31mred\u001B[39m");
  });

  test("counts visible characters only, and ends its colours", () => {
    expect(clipVisible("\u001B[31mscarlet\u001B[39m", 4)).toBe("\u001B[31msca…\u001B[0m");
  });
});

describe("the live view", () => {
  const terminal = (rows: number) => {
    const stderr = new PassThrough({ encoding: "utf8" });
    const streams = {
      stdout: new PassThrough(),
      stderr: Object.assign(stderr, { isTTY: true, columns: 60, rows }),
    };
    // Of a terminal only what is above is looked at.
    const output = terminalOutput(streams as unknown as Parameters<typeof terminalOutput>[0], true);
    return { output, read: () => String(stderr.read() ?? "") };
  };
  const lines = (count: number) => Array.from({ length: count }, (_, at) => `line ${at}`);

  test.each([2, 8, 24])("rewrites no more lines than a terminal of %i rows has", (rows) => {
    const { output, read } = terminal(rows);
    output.live(lines(30));
    const first = read();
    expect(first.split("\n")).toHaveLength(rows);
    expect(first).toContain("line 29\n");
    output.live(lines(3));
    expect(read().split("\u001B[1A\u001B[2K")).toHaveLength(rows);
  });

  test("keeps on a small terminal how far it is, and the newest", () => {
    const { output, read } = terminal(8);
    const view = liveView(output);
    view.progress([{ step: "triage", size: 40, started: 12, finished: 10 }]);
    for (let at = 0; at < 6; at += 1)
      view.event({ type: "step.completed", atUs: 0, step: `step-${at}`, output: "yes", confidence: 1 });
    const last = read().split("\u001B[2K").at(-1) ?? "";
    expect(last).toContain("10 of 40");
    expect(last).toContain("step-5");
    expect(last).toContain("0 ballots");
    expect(last).not.toContain("step-0");
    expect(last.split("\n")).toHaveLength(8);
  });
});

test("each event that a program reads names its run", () => {
  const stdout = new PassThrough({ encoding: "utf8" });
  const streams = { stdout, stderr: new PassThrough() };
  const output = terminalOutput(streams as unknown as Parameters<typeof terminalOutput>[0], false);
  const view = jsonView(output, "r1");
  view.event({ type: "run.resumed", run: "r1", atUs: 1 });
  view.event({ type: "step.started", atUs: 2, step: "s", agent: "ann" });
  expect(String(stdout.read())).toBe(
    '{"type":"run.resumed","run":"r1","atUs":1}\n{"type":"step.started","run":"r1","atUs":2,"step":"s","agent":"ann"}\n',
  );
});
