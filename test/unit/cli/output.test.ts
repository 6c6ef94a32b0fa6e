import { describe, expect, test } from "vitest";
import { clipVisible, printable, table } from "../../../cli/output.ts";

describe("text from outside", () => {
  test.each([
    ["an escape sequence", "\u001B[2Jgone", "\\x1b[2Jgone"],
    ["a bell and a delete", "a\u0007\u007F", "a\\x07\\x7f"],
    ["a C1 command", "\u009B31m", "\\x9b31m"],
    ["a carriage return that would hide a line", "evil\rgood", "evil\\x0dgood"],
    ["text that is turned around", "safe\u202Eevil", "safe\\u202eevil"],
    ["tabs, new lines and letters of any script stay", "a\tb\nЖ 漢 💥", "a\tb\nЖ 漢 💥"],
  ])("is harmless: %s", (_, text, expected) => {
    expect(printable(text)).toBe(expected);
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
