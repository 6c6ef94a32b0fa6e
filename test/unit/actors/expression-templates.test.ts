import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MAX_LOOP_TURNS, parseMarkdown, renderMarkdown } from "../../../actors/workflow/markdown.ts";
import {
  TemplateError,
  parseTemplate,
  parseValue,
  renderTemplate,
  renderValue,
} from "../../../actors/workflow/template.ts";
import type { Json } from "../../../coordination/protocol/json.ts";

const scope = { x: 3, list: ["a", "b"], none: null, o: { k: [1] } };

describe("templates", () => {
  test.each<[string, Json]>([
    ["plain", "plain"],
    ["${{ x }}", 3],
    ["  ${{ list }}\n", ["a", "b"]],
    ["x is ${{ x }}.", "x is 3."],
    ["${{ x }}${{ none }}${{ o }}", '3{"k":[1]}'],
    ["${{ '}}' }}", "}}"],
    ["${{ '${{' }} x", "${{ x"],
    ["{% if x %}", "{% if x %}"],
    ["$ { {", "$ { {"],
  ])("%s", (text, expected) => expect(renderTemplate(parseTemplate(text), scope)).toEqual(expected));

  test("structures are rendered in depth", () => {
    expect(renderValue(parseValue({ a: ["${{ x }}", 1, null], b: { c: "n ${{ x }}" } }), scope)).toEqual({
      a: [3, 1, null],
      b: { c: "n 3" },
    });
  });

  test.each([
    ["ab ${{ x", "this does not end: }} is missing", 3],
    ["ab ${{ 1 + }}", "the expression ends too early", 10],
    ["ab ${{ }}", "an expression is missing", 6],
  ])("%s is refused at its place", (text, message, offset) => {
    expect(() => parseTemplate(text)).toThrow(expect.objectContaining({ message, offset }));
  });
});

const markdownOf = (text: string): string => renderMarkdown(parseMarkdown(text), scope);

describe("Markdown", () => {
  test.each([
    [
      "loops leave no lines behind",
      "A\n{% for i in list %}\n- ${{ i }}\n{% endfor %}\nB\n",
      "A\n- a\n- b\nB\n",
    ],
    [
      "loops count",
      "{% for i in list %}${{ loop.index }}/${{ loop.length }}${{ loop.last ? '' : ',' }}{% endfor %}",
      "1/2,2/2",
    ],
    ["branches", "{% if x == 1 %}one{% elif x == 3 %}three{% else %}other{% endif %}", "three"],
    ["else", "{% if none %}\nyes\n{% else %}\nno\n{% endif %}\n", "no\n"],
    ["indented tags", "  {% if x %}\n  in\n  {% endif %}\nout", "  in\nout"],
    ["line ends of Windows", "{% if x %}\r\nin\r\n{% endif %}\r\nout", "in\r\nout"],
    ["nests", "{% for i in list %}{% for j in list %}${{ i + j }} {% endfor %}{% endfor %}", "aa ab ba bb "],
    ["a missing list is empty", "{% for i in none %}x{% endfor %}.", "."],
    ["nothing at all", "", ""],
  ])("%s", (_, text, expected) => expect(markdownOf(text)).toBe(expected));

  test.each([
    ["{% for x %}{% endfor %}", "write {% for NAME in LIST %}", 0],
    ["a\n{% if x %}", "{% endif %} is missing for this", 2],
    ["{% if x %}{% endfor %}", "expected {% endif %} here", 10],
    ["{% endif %}", "{% endif %} has nothing to end or continue here", 0],
    ["{% for loop in list %}{% endfor %}", "an item cannot be called `loop`", 0],
    ["{% foo %}", "unknown tag; known are for, endfor, if, elif, else and endif", 0],
    ["{% if ", "this does not end: %} is missing", 0],
    ["{% if x", "this does not end: %} is missing", 0],
    ["{% if 1 + %}{% endif %}", "the expression ends too early", 8],
    ["{% if x %}".repeat(20), "blocks are nested at most 16 deep", 160],
  ])("%s is refused at its place", (text, message, offset) => {
    expect(() => parseMarkdown(text)).toThrow(expect.objectContaining({ message, offset }));
  });

  test("a loop over no list and a text without end are stopped", () => {
    expect(() => markdownOf("{% for i in x %}{% endfor %}")).toThrow("a loop needs a list, not the number 3");
    const many = { many: Array.from({ length: 2000 }, () => "x".repeat(20_000)) };
    expect(() => renderMarkdown(parseMarkdown("{% for i in many %}${{ i }}{% endfor %}"), many)).toThrow(
      "the text would be longer than",
    );
    const loops =
      "{% for i in many %}{% for j in many %}{% for k in many %}{% endfor %}{% endfor %}{% endfor %}";
    expect(() => renderMarkdown(parseMarkdown(loops), many)).toThrow("the loops would turn more than");
  });

  test("loops may turn as often as their bound says", () => {
    const read = parseMarkdown("{% for i in outer %}{% for j in inner %}{% endfor %}{% endfor %}");
    const zeros = (length: number) => Array.from({ length }, () => 0);
    const outer = zeros(1000);
    expect(renderMarkdown(read, { outer, inner: zeros(MAX_LOOP_TURNS / 1000 - 1) })).toBe("");
    expect(() => renderMarkdown(read, { outer, inner: zeros(MAX_LOOP_TURNS / 1000) })).toThrow(
      "would turn more",
    );
  });
});

test("any text either reads or fails with a place", () => {
  const part = fc.constantFrom(
    "{% if x %}",
    "{% for i in list %}",
    "{% endif %}",
    "{% endfor %}",
    "{% else %}",
    "{%",
    "%}",
    "${{",
    "}}",
    "x",
    "\n",
    " ",
    "'",
    "${{ i }}",
  );
  fc.assert(
    fc.property(
      fc.array(part, { maxLength: 30 }).map((parts) => parts.join("")),
      (text) => {
        try {
          markdownOf(text);
        } catch (error) {
          if (!(error instanceof TemplateError)) throw error;
          expect(error.offset).toBeLessThanOrEqual(text.length);
        }
      },
    ),
    { numRuns: 1000 },
  );
});
