import { describe, expect, test } from "vitest";
import * as fc from "fast-check";
import { subjectTrie } from "../../../coordination/bus/subject-trie.ts";
import {
  checkPattern,
  checkSubject,
  decodeSubjectToken,
  subjectToken,
} from "../../../coordination/bus/subjects.ts";

describe("subjectToken", () => {
  // Grapheme by grapheme, single units too, so that lone surrogates are among them.
  const text = fc.oneof(
    fc.string({ unit: "grapheme" }),
    fc.string({ unit: "binary" }),
    fc
      .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 20 })
      .map((units) => String.fromCharCode(...units)),
    fc.stringMatching(/^[=u0-9a-f.*>]{0,12}$/),
  );

  test.each([
    ["planner", "planner"],
    ["a[17]", "a=5b17=5d"],
    ["", "="],
    ["two words", "two=20words"],
    ["a.b", "a=2eb"],
    ["=", "=3d"],
    ["\u00e9", "=e9"],
    ["\u0434", "=u0434"],
    ["\u{1f41d}", "=ud83d=udc1d"],
    ["*", "=2a"],
  ])("%j becomes %j", (given, token) => expect(subjectToken(given)).toBe(token));

  test("makes one token one can publish to, and gives the text back", () => {
    fc.assert(
      fc.property(text, (given) => {
        const token = subjectToken(given);
        checkSubject(token);
        expect(token).toMatch(/^[A-Za-z0-9_=-]+$/);
        expect(decodeSubjectToken(token)).toBe(given);
      }),
    );
  });

  test("different texts make different tokens", () => {
    fc.assert(
      fc.property(text, text, (a, b) => {
        expect(subjectToken(a) === subjectToken(b)).toBe(a === b);
      }),
    );
  });

  test("what decodes is what subjectToken makes, all else is refused", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[=u0-9a-fA.]{0,10}$/), (token) => {
        let decoded: string;
        try {
          decoded = decodeSubjectToken(token);
        } catch (error) {
          expect(error).toMatchObject({ code: "BAD_SUBJECT" });
          return;
        }
        expect(subjectToken(decoded)).toBe(token);
      }),
    );
  });

  test.each(["", "=61", "=5B", "=u005b", "a.b", "=g", "a=", "é"])("%j is no token of its making", (token) => {
    expect(() => decodeSubjectToken(token)).toThrow(expect.objectContaining({ code: "BAD_SUBJECT" }));
  });
});

describe("the subject trie", () => {
  const literal = fc.constantFrom("a", "b", "c");
  const subject = fc.array(literal, { minLength: 1, maxLength: 5 }).map((tokens) => tokens.join("."));
  const pattern = fc
    .tuple(
      fc.array(fc.oneof(literal, fc.constant("*")), { maxLength: 4 }),
      fc.oneof(literal, fc.constantFrom("*", ">")),
    )
    .map(([tokens, last]) => [...tokens, last].join("."));

  test.each([
    ["a.b", "a.b", true],
    ["a.*", "a.b", true],
    ["a.*", "a", false],
    ["a.*", "a.b.c", false],
    ["a.>", "a.b.c", true],
    ["a.>", "a", false],
    [">", "a", true],
    ["*.b", "a.b", true],
    ["*", "a.b", false],
    ["*.>", "a", false],
  ])("%s on %s: %s", (given, on, expected) => {
    const trie = subjectTrie<string>();
    trie.add(given, "x");
    expect(trie.match(on)).toEqual(expected ? ["x"] : []);
    expect(naiveMatch(given, on)).toBe(expected);
  });

  test("finds what a naive matcher finds, after any adding and removing", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.boolean(), pattern, fc.nat(3))),
        fc.array(subject, { minLength: 1 }),
        (changes, subjects) => {
          const trie = subjectTrie<number>();
          const model = new Map<string, { readonly pattern: string; readonly value: number }>();
          for (const [adds, each, value] of changes) {
            checkPattern(each);
            const key = `${each} ${value}`;
            if (adds) {
              trie.add(each, value);
              model.set(key, { pattern: each, value });
            } else {
              trie.remove(each, value);
              model.delete(key);
            }
          }
          for (const on of subjects) {
            const expected = [...model.values()]
              .filter((entry) => naiveMatch(entry.pattern, on))
              .map(({ value }) => value);
            expect(trie.match(on).sort(ascending)).toEqual(expected.sort(ascending));
          }
        },
      ),
    );
  });

  const ascending = (a: number, b: number): number => a - b;

  const naiveMatch = (given: string, on: string): boolean => {
    const body = given.split(".").map((token) => (token === "*" ? "[^.]+" : token === ">" ? ".+" : token));
    return new RegExp(`^${body.join("\\.")}$`).test(on);
  };
});
