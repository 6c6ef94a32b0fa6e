import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ChatLine } from "../../../coordination/protocol/inference-messages.ts";
import { extractsOf } from "../../../inference/context/extracts.ts";
import { factIn, ledgerOf } from "../../../inference/context/facts.ts";
import { fitContext } from "../../../inference/context/fit.ts";
import { recall } from "../../../inference/context/recall.ts";
import { sentencesOf } from "../../../inference/context/sentences.ts";
import { conversationOf } from "../../support/conversations.ts";
import { compressed, roomFor, scoresOf, tokensOf, truncated } from "../../support/retention.ts";

const sentences = (...texts: readonly string[]) => texts.map((text, line) => ({ text, line }));

describe("a fact", () => {
  test.each([
    ["The port of billing is 8080.", "billing port", "8080"],
    ["billing port: 8080", "billing port", "8080"],
    ["Please note that billing's port is now 8080!", "billing port", "8080"],
    ["We moved the billing port from 80 to 8080", "billing port", "8080"],
    ["The port of billing was changed to 8080.", "billing port", "8080"],
    ["region = eu-west", "region", "eu-west"],
  ])("%s", (text, key, value) => expect(factIn({ text, line: 0 })).toMatchObject({ key, value }));

  test.each(["What is the port of billing?", "Is billing up", "Thanks a lot.", ""])("is not in %j", (text) =>
    expect(factIn({ text, line: 0 })).toBeUndefined(),
  );

  test("of the ledger is the latest, and what may be news since is beside it", () => {
    const ledger = ledgerOf(
      sentences("The port of billing is 1.", "The owner of search is Ada.", "billing port: 2"),
    );
    expect(ledger.map(({ key, value }) => [key, value])).toEqual([
      ["owner search", "Ada"],
      ["billing port", "2"],
    ]);
    const since = ledgerOf(sentences("The port of billing is 1.", "For billing we took 3 as the port."));
    expect(since).toMatchObject([{ value: "1", since: "For billing we took 3 as the port." }]);
  });

  test.each([
    ["a question about it", "The port of billing is 1.", "Does billing need another port?"],
    ["what names a part of it only", "The port of billing is 1.", "The billing team met at noon."],
    ["what names its only word", "region = eu-west", "Nobody likes the region."],
  ])("has no news in %s", (_, fact, text) => {
    expect(ledgerOf(sentences(fact, text))).toEqual([expect.not.objectContaining({ since: text })]);
  });

  test.each([
    ["six words say what it is of, and no seventh", "c1 c2 c3 c4 c5 c6 is 7", "c1 c2 c3 c4 c5 c6 c7 is 7"],
    [
      "a value of 120 characters is one, and no longer one",
      `port: ${"8".repeat(120)}`,
      `port: ${"8".repeat(121)}`,
    ],
  ])("is short: %s", (_, short, long) => {
    expect([short, long].map((text) => factIn({ text, line: 0 }) !== undefined)).toEqual([true, false]);
  });
});

test("a dot within a version ends no sentence", () =>
  expect(sentencesOf("It is 1.2.3 now. Good!\nNext", 4).map(({ text }) => text)).toEqual([
    "It is 1.2.3 now.",
    "Good!",
    "Next",
  ]));

test("recall brings what has to do with the question, the rare words first", () =>
  expect(
    recall("Who owns checkout?", sentences("We owe thanks.", "Dana runs checkout.", "Lunch is at noon.")).map(
      ({ line }) => line,
    ),
  ).toEqual([1]));

test.each([
  ["the rare words first", "Zebra runs", ["It runs.", "He runs.", "Zebra sleeps."], 2],
  ["of equal ones the later", "zebra", ["Zebra runs.", "Zebra sleeps."], 1],
])("recall brings %s", (_, question, texts, first) =>
  expect(recall(question, sentences(...texts))[0]?.line).toBe(first),
);

describe("the most telling sentences", () => {
  const textsOf = (said: readonly { readonly text: string; readonly line: number }[], facts: string[] = []) =>
    extractsOf(said, ledgerOf(sentences(...facts))).map(({ text }) => text);

  test("are none that the ledger holds or has replaced, and no questions", () => {
    const said = sentences(
      "The port of billing is 80.",
      "region = us",
      "Who runs zebra?",
      "Dana runs zebra.",
    );
    const facts = ["The port of billing is 8080.", "region = eu"];
    expect(textsOf(said, facts)).toEqual(["Dana runs zebra."]);
  });

  test("are those with names in them, which a capital at the beginning is none of; of equal ones the newer", () => {
    const line = 0;
    expect(
      textsOf([
        { line, text: "Lions sleep." },
        { line, text: "apes See." },
      ])[0],
    ).toBe("apes See.");
    expect(textsOf(sentences("lions sleep.", "apes see."))[0]).toBe("apes see.");
  });
});

describe("a conversation that is too long by far", () => {
  const said = (content: string): ChatLine => ({ role: "user", content });
  const letters = (budget: number) => ({ budget, count: (text: string) => text.length, overhead: 0 });
  const textsIn = (fitted: ReturnType<typeof fitContext>) =>
    fitted.type === "shortened" ? fitted.lines.flatMap(({ content }) => content.split("\n")) : [];

  // The last line takes 10, and two headings 35 each.
  test.each([
    [4, 1000 + 80, 1],
    [4, 999 + 80, 2],
    [8, 500 + 80, 2],
    [8, 499 + 80, 3],
    [16, 250 + 80, 3],
    [16, 249 + 80, 4],
  ])("%i times its room or more is compressed harder: in %i letters at level %i", (_, budget, level) => {
    const lines = [...Array.from({ length: 40 }, () => said("x".repeat(100))), said("y".repeat(10))];
    expect(fitContext(lines, letters(budget))).toMatchObject({ type: "shortened", level });
  });

  test("keeps its newest facts where there is no room for all and the question names none", () => {
    const facts = Array.from({ length: 100 }, (__, at) => said(`The owner of service${at} is agent${at}.`));
    const texts = textsIn(fitContext([...facts, said("Thanks.")], letters(400))).join("\n");
    expect(texts).toContain("service97");
    expect(texts).not.toContain("service0:");
  });

  test("says nothing twice, and all in the order in which it was said", () => {
    const told = Array.from({ length: 60 }, (__, at) => said(`We spoke of topic ${at} with Dana${at % 7}.`));
    for (let budget = 300; budget < 2400; budget += 90) {
      const texts = textsIn(fitContext([...told, said("What of Dana3?")], letters(budget)));
      const topics = texts.flatMap((text) => /topic (\d+)/.exec(text)?.[1] ?? []).map(Number);
      expect(topics).toEqual([...new Set(topics)].toSorted((a, b) => a - b));
    }
  });
});

test("a fact that the question names is kept before newer ones, and no value that it has lost", () => {
  const said = (content: string): ChatLine => ({ role: "user", content });
  const lines = [
    said("The port of billing is 8080."),
    said("We moved the port of billing to 9090."),
    ...Array.from({ length: 200 }, (_, at) => said(`The owner of service${at} is agent${at}.`)),
    said("What is the port of billing?"),
  ];
  const fitted = fitContext(lines, { budget: 150, count: (text) => text.length / 4, overhead: 4 });
  const text = fitted.type === "shortened" ? fitted.lines.map(({ content }) => content).join("\n") : "";
  expect(text).toContain("port of billing: 9090");
  expect(text).not.toContain("8080");
});

describe("a conversation", () => {
  const line = fc.record({
    role: fc.constantFrom("system", "user", "assistant"),
    content: fc.lorem({ maxCount: 30 }),
  });

  test("that fits is left alone; else system and last line stay, and no more is taken than there is", () => {
    fc.assert(
      fc.property(
        fc.array(line, { minLength: 1, maxLength: 40 }),
        fc.nat(600),
        (lines: ChatLine[], budget) => {
          const fitted = fitContext(lines, roomFor(budget));
          if (fitted.type === "too long") {
            const fixed = lines.filter((each, index) => each.role === "system" || index === lines.length - 1);
            expect(fitted.tokens).toBe(tokensOf(fixed));
            expect(fitted.tokens).toBeGreaterThan(budget);
            return;
          }
          expect(fitted.tokens).toBe(tokensOf(fitted.lines));
          expect(fitted.tokens).toBeLessThanOrEqual(budget);
          if (tokensOf(lines) <= budget) {
            expect(fitted.lines).toBe(lines);
            return;
          }
          expect(fitted.lines.at(-1)).toBe(lines.at(-1));
          const system = lines.filter(({ role }) => role === "system");
          expect(fitted.lines.filter(({ role }) => role === "system")).toEqual(system);
        },
      ),
      { numRuns: 1000 },
    );
  });

  test("keeps its facts where truncation loses them, and answers nothing stale", () => {
    const conversation = conversationOf(7, 400);
    const before = scoresOf(conversation.lines, conversation);
    expect(before.right).toBe(before.all);
    const kept = scoresOf(compressed(conversation, 4), conversation);
    const cut = scoresOf(truncated(conversation, 4), conversation);
    expect(kept.right).toBeGreaterThan(2 * cut.right);
    expect(kept.stale).toBe(0);
    expect(tokensOf(compressed(conversation, 4))).toBeLessThanOrEqual(tokensOf(conversation.lines) / 4);
  });

  test("recalls what the last line asks for", () => {
    const filler = Array.from({ length: 60 }, (_, index): ChatLine => ({
      role: "user",
      content: `We spoke about topic${index} for a while.`,
    }));
    const lines: ChatLine[] = [
      { role: "user", content: "After the call Dana took over zebra for good." },
      ...filler,
      { role: "user", content: "Who took over zebra?" },
    ];
    const fitted = fitContext(lines, roomFor(120));
    expect(
      fitted.type === "shortened" &&
        fitted.lines.some(({ content }) => content.includes("Dana took over zebra")),
    ).toBe(true);
  });
});
