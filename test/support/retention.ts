import type { ChatLine } from "../../coordination/protocol/inference-messages.ts";
import { fitContext, type Room } from "../../inference/context/fit.ts";
import { countTokens, readAnswer, type Conversation } from "./conversations.ts";

export type Scores = { readonly right: number; readonly stale: number; readonly all: number };

/** Tokens that a line takes besides its text. */
const OVERHEAD = 4;
/** Each question is a compression of its own: one in so many is enough. */
const EVERY = 5;
export const roomFor = (budget: number): Room => ({ budget, count: countTokens, overhead: OVERHEAD });
export const tokensOf = (lines: readonly ChatLine[]): number =>
  lines.reduce((sum, { content }) => sum + countTokens(content) + OVERHEAD, 0);

/** How the reader does on lines: right, stale, and how many were asked. */
export const scoresOf = (lines: readonly ChatLine[], { questions }: Conversation): Scores => {
  const answers = questions.map((question) => ({ question, given: readAnswer(lines, question) }));
  return {
    right: answers.filter(({ question, given }) => given === question.answer).length,
    stale: answers.filter(({ question, given }) => given !== undefined && question.stale.includes(given))
      .length,
    all: questions.length,
  };
};

/** Shortened without knowing what will be asked. */
export const compressed = ({ lines }: Conversation, ratio: number): readonly ChatLine[] => {
  const fitted = fitContext(lines, roomFor(Math.floor(tokensOf(lines) / ratio)), null);
  return fitted.type === "too long" ? [] : fitted.lines;
};

/** Shortened for each of some questions, which is then the last line: the rest is recalled on demand. The part that is right. */
export const recalledPart = ({ lines, questions }: Conversation, ratio: number): number => {
  const asked = questions.filter((_, index) => index % EVERY === 0);
  const right = asked.filter((question) => {
    const asking = [
      ...lines.slice(0, -1),
      { role: "user", content: `What is the ${question.attribute} of ${question.entity}?` } as const,
    ];
    const fitted = fitContext(asking, roomFor(Math.floor(tokensOf(asking) / ratio)));
    return fitted.type !== "too long" && readAnswer(fitted.lines.slice(0, -1), question) === question.answer;
  });
  return right.length / asked.length;
};

/** The baseline: the system's words and the newest lines that fit. */
export const truncated = ({ lines }: Conversation, ratio: number): readonly ChatLine[] => {
  const budget = Math.floor(tokensOf(lines) / ratio);
  const system = lines.filter(({ role }) => role === "system");
  let used = tokensOf(system);
  const kept: ChatLine[] = [];
  for (const line of lines.slice(system.length).toReversed()) {
    used += tokensOf([line]);
    if (used > budget) break;
    kept.unshift(line);
  }
  return [...system, ...kept];
};
