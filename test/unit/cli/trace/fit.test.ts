import { expect, test } from "vitest";
import { fit } from "../../../../cli/trace/fit.ts";

test.each([
  ["", 3, "   "],
  ["abc", 3, "abc"],
  ["abcd", 3, "ab…"],
  ["a\n\tb", 6, "a  b  "],
  // Two columns each.
  ["日本", 5, "日本 "],
  ["日本", 4, "日本"],
  ["日本語", 5, "日本…"],
  ["日本語", 4, "日… "],
  ["👩‍🚀a", 3, "👩‍🚀a"],
  // One column, however many characters.
  ["e\u0301a", 3, "e\u0301a "],
])("%j in %i columns is %j", (text, columns, expected) => expect(fit(text, columns)).toBe(expected));
