import { expect, test } from "vitest";
import { outputsText } from "../../../cli/view/outputs-text.ts";

const markdown = { type: "markdown", template: "" } as const;
const value = { type: "value", value: "" } as const;
const all = "swarm show x --json";

test("short outputs are shown whole", () => {
  const values = { count: 3, report: "# One\n\ntwo\n", none: null };
  expect(outputsText({ values, specs: { count: value, report: markdown, none: value } }, all)).toBe(
    "OUTPUT  VALUE\ncount   3\nnone    null\n\nreport\n  # One\n\n  two\n",
  );
});

test("no outputs are nothing", () => expect(outputsText({ values: {}, specs: {} }, all)).toBe(""));

test.each([
  ["a text of many lines", "line\n".repeat(1000), "  … and 980 more lines\n"],
  ["a text of one long line", "x".repeat(1_000_000), "…\n"],
  ["a long value", { text: "x".repeat(1_000_000) }, "…\n"],
])("%s is cut, and it is said how to see all of it", (_, output, cut) => {
  const specs = { long: typeof output === "string" ? markdown : value };
  const text = outputsText({ values: { long: output }, specs }, all);
  expect(text.length).toBeLessThan(1000);
  expect(text).toContain(cut);
  expect(text).toMatch(/\nall of it: swarm show x --json\n$/);
});

test("what comes from outside does no harm", () => {
  const text = outputsText({ values: { a: "\u001B[2J" }, specs: { a: markdown } }, all);
  expect(text).toBe("a\n  \\x1b[2J\n");
});
