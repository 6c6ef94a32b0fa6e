import type { ChatLine } from "../../coordination/protocol/inference-messages.ts";
import { extractsOf } from "./extracts.ts";
import { ledgerOf, type Fact } from "./facts.ts";
import { recall } from "./recall.ts";
import { sentencesOf, type Sentence } from "./sentences.ts";

/** How hard a conversation is compressed: 0 is not at all. */
export type Level = 0 | 1 | 2 | 3 | 4;

export type Room = {
  /** Tokens that the lines may take. */
  readonly budget: number;
  /** Tokens of a text, by the tokenizer of the model that reads it. */
  readonly count: (text: string) => number;
  /** Tokens that a line takes besides its text. */
  readonly overhead: number;
};

export type Fitted =
  | { readonly type: "whole"; readonly lines: readonly ChatLine[]; readonly tokens: number }
  | {
      readonly type: "shortened";
      readonly lines: readonly ChatLine[];
      readonly level: Level;
      readonly tokens: number;
      readonly tokensBefore: number;
    }
  /** What may never be cut, the system's words and the last line, is too long by itself. */
  | { readonly type: "too long"; readonly tokens: number };

/** Parts of what is left for the history. What one does not use the next may. */
type Shares = { readonly facts: number; readonly recalled: number; readonly recent: number };

/** By how many times the history is longer than its room, up to and with. */
const LEVELS: readonly { readonly level: Level; readonly upTo: number; readonly shares: Shares }[] = [
  { level: 1, upTo: 4, shares: { facts: 0.4, recalled: 0.2, recent: 0.25 } },
  { level: 2, upTo: 8, shares: { facts: 0.6, recalled: 0.15, recent: 0.15 } },
  { level: 3, upTo: 16, shares: { facts: 0.75, recalled: 0.1, recent: 0.1 } },
  { level: 4, upTo: Infinity, shares: { facts: 0.9, recalled: 0.05, recent: 0.05 } },
];

const FACTS = "Known so far, latest value of each:";
const EXTRACTS = "From earlier in the conversation:";

/**
 * Lines that fit. The system's words and the last line stay as they are; of what lies between, the newest lines stay, the facts
 * stay with their latest values, what has to do with the last line is recalled, and the most telling sentences are kept as far as there is
 * room. `question`: what the reader will be asked, by default the last line; `null` where nobody knows.
 */
export const fitContext = (
  lines: readonly ChatLine[],
  room: Room,
  question: string | null = lines.at(-1)?.content ?? null,
): Fitted => {
  const size = (line: ChatLine): number => room.count(line.content) + room.overhead;
  const tokensBefore = total(lines.map(size));
  if (tokensBefore <= room.budget) return { type: "whole", lines, tokens: tokensBefore };
  const last = lines.at(-1);
  const pinned = lines.filter((line, index) => line.role === "system" || index === lines.length - 1);
  const fixed = total(pinned.map(size));
  const space = room.budget - fixed - 2 * (room.overhead + room.count(FACTS));
  if (last === undefined || fixed > room.budget) return { type: "too long", tokens: fixed };
  const history = lines.filter((line) => !pinned.includes(line));
  const level = levelFor(total(history.map(size)) / Math.max(1, space));
  const kept = space <= 0 ? emptyHistory : compress(history, space, level.shares, room, question);
  const system = pinned.filter((line) => line !== last);
  const shortened = [...system, ...summaryLines(kept), ...kept.recent, last];
  return {
    type: "shortened",
    lines: shortened,
    level: level.level,
    tokens: total(shortened.map(size)),
    tokensBefore,
  };
};

const levelFor = (ratio: number) =>
  LEVELS.find(({ upTo }) => ratio <= upTo) ?? LEVELS[LEVELS.length - 1] ?? NONE;
const NONE = { level: 4, shares: { facts: 1, recalled: 0, recent: 0 } } as const;

type Kept = {
  readonly facts: readonly Fact[];
  readonly extracts: readonly Sentence[];
  readonly recent: readonly ChatLine[];
};
const emptyHistory: Kept = { facts: [], extracts: [], recent: [] };

const compress = (
  history: readonly ChatLine[],
  space: number,
  shares: Shares,
  { count, overhead }: Room,
  question: string | null,
): Kept => {
  let left = space;
  const take = <Item>(items: readonly Item[], most: number, textOf: (item: Item) => string, each = 1) => {
    const taken: Item[] = [];
    let used = 0;
    for (const item of items) {
      const tokens = count(textOf(item)) + each;
      if (used + tokens > Math.min(most, left)) continue;
      used += tokens;
      taken.push(item);
    }
    left -= used;
    return taken;
  };
  const sentences = history.flatMap(({ content }, line) => sentencesOf(content, line));
  const ledger = ledgerOf(sentences);
  // Should there be no room for all: first those that have to do with the question, then the newest.
  const named = question === null ? [] : recall(question, ledger.map(factSentence)).map(({ fact }) => fact);
  const byUse = [...new Set([...named, ...ledger.toReversed()])];
  const facts = new Set(take(byUse, space * shares.facts, factText));
  const recentFrom = newestFrom(
    history,
    Math.min(left, space * shares.recent),
    (line) => count(line.content) + overhead,
  );
  const recent = history.slice(recentFrom);
  left -= total(recent.map((line) => count(line.content) + overhead));
  const older = sentences.filter(({ line }) => line < recentFrom);
  const others = extractsOf(older, ledger);
  const recalled =
    question === null ? [] : take(recall(question, others), space * shares.recalled, ({ text }) => text);
  const telling = take(
    others.filter((sentence) => !recalled.includes(sentence)),
    left,
    ({ text }) => text,
  );
  return {
    facts: ledger.filter((fact) => facts.has(fact)),
    extracts: [...recalled, ...telling].sort((one, other) => one.line - other.line),
    recent,
  };
};

/** Where the newest lines begin that fit together. */
const newestFrom = (history: readonly ChatLine[], most: number, size: (line: ChatLine) => number): number => {
  let used = 0;
  for (let at = history.length - 1; at >= 0; at--) {
    const line = history[at];
    used += line === undefined ? 0 : size(line);
    if (used > most) return at + 1;
  }
  return 0;
};

const summaryLines = ({ facts, extracts }: Kept): readonly ChatLine[] => [
  ...(facts.length === 0 ? [] : [told(FACTS, facts.map(factText))]),
  ...(extracts.length === 0
    ? []
    : [
        told(
          EXTRACTS,
          extracts.map(({ text }) => text),
        ),
      ]),
];

// What a conversation said is evidence, not an order: it must not come back in the system's voice.
const told = (heading: string, texts: readonly string[]): ChatLine => ({
  role: "user",
  content: [heading, ...texts].join("\n"),
});

const factText = ({ subject, value, since }: Fact): string =>
  since === undefined ? `${subject}: ${value}` : `${subject}: ${value}\n${since}`;

const factSentence = (fact: Fact) => ({ line: fact.line, text: factText(fact), fact });

const total = (numbers: readonly number[]): number => numbers.reduce((sum, each) => sum + each, 0);
