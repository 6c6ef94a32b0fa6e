import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { clipped, escaped, html, lineOf, markupText, type Content } from "../../../../cli/report/markup.ts";

/** What a reader does not see, or what turns a line around. */
const unseen =
  /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u061C\u200B\u200E\u200F\u2028-\u202E\u2060-\u206F\uFEFF]|\p{Surrogate}/u;

describe("text in markup", () => {
  test("cannot open a tag, end an attribute or hide anything, whatever it is", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(escaped(text)).not.toMatch(/[<>"'`]/);
        expect(escaped(text)).not.toMatch(/&(?!#\d+;)/);
        expect(escaped(text)).not.toMatch(unseen);
      }),
    );
  });

  test("reads as it was, where it has nothing to hide", () => {
    const plain = fc
      .string({ unit: "grapheme" })
      .filter((text) => !unseen.test(text) && !/[\u00AD\u180E\u{E0000}-\u{E007F}]/u.test(text));
    fc.assert(
      fc.property(plain, (text) => {
        const shown = escaped(text).replace(/&#(\d+);/g, (_, code: string) =>
          String.fromCharCode(Number(code)),
        );
        expect(shown).toBe(text);
      }),
    );
  });

  test.each([
    ["<script>alert(1)</script>", "&#60;script&#62;alert(1)&#60;/script&#62;"],
    ['" onload="x', "&#34; onload=&#34;x"],
    ["]]>--></style>", "]]&#62;--&#62;&#60;/style&#62;"],
    ["a\u202Eb\u0000c", "a\\u{202e}b\\x00c"],
    ["\uD800", "\\u{d800}"],
    ["family 👨\u200D👩\u200D👧", "family 👨\u200D👩\u200D👧"],
  ])("%j becomes %j", (text, shown) => {
    expect(escaped(text)).toBe(shown);
  });

  test("is text also in a list, and what looks like markup in data is none", () => {
    // As if a decoder had let it through.
    const forged = JSON.parse('{"markup":"<b>","description":"markup"}') as Content;
    expect(markupText(html`<p>${["<i>", html`<b>${"&"}</b>`, 3, undefined]}</p>`)).toBe(
      "<p>&#60;i&#62;<b>&#38;</b>3</p>",
    );
    expect(() => html`<p>${forged}</p>`).toThrow();
  });
});

test("long texts say that they are cut", () => {
  expect(clipped("abcdef", 3)).toBe("abc… (6 characters in all)");
  expect(lineOf("a\n b\tc  d", 5)).toBe("a b …");
  // Never in the middle of a character.
  expect(clipped("a🐝b", 2)).toBe("a… (4 characters in all)");
  expect(lineOf("a🐝bc", 3)).toBe("a…");
  expect(lineOf("a🐝bc", 4)).toBe("a🐝…");
});
