import { stripHeader } from "./header.ts";
import { isMask, wordsOf } from "./words.ts";

/** Characters of a line that are looked at; the rest of a huge line is never touched. */
export const MAX_LINE_CHARS = 1200;
/** Words of a line that a voter reads. */
export const MAX_WORDS = 26;

const MAX_JSON_CHARS = 16_384;
const MESSAGE_KEYS = [
  "logger",
  "component",
  "service",
  "program",
  "msg",
  "message",
  "log",
  "event",
  "error",
  "err",
  "reason",
];
const UNPRINTABLE = /[^\x20-\x7e]+/g;

/**
 * Turns one raw log line into what a voter reads: lower-case words and masks, one space apart, with the
 * header's time, host, process id and level gone. Never throws; time is bounded whatever the line.
 */
export const normalise = (raw: string): string => {
  const text = messageOf(raw).slice(0, MAX_LINE_CHARS).replace(UNPRINTABLE, " ");
  const words: string[] = [];
  for (const token of stripHeader(text)) {
    for (const word of wordsOf(token)) {
      // Masks in front are what is left of a header, and a run of masks says no more than one of them.
      if (word !== words.at(-1) && (words.length > 0 || !isMask(word))) words.push(word);
    }
    if (words.length >= MAX_WORDS) break;
  }
  return words.slice(0, MAX_WORDS).join(" ");
};

const messageOf = (raw: string): string => {
  const start = raw.slice(0, 64).trimStart();
  if (!start.startsWith("{") || raw.length > MAX_JSON_CHARS) return raw;
  const record = parseRecord(raw);
  if (!record) return raw;
  const parts = MESSAGE_KEYS.map((key) => record[key]).filter(
    (part) => typeof part === "string" && part !== "",
  );
  return parts.length > 0 ? parts.join(" ") : raw;
};

const parseRecord = (raw: string): Readonly<Record<string, unknown>> | undefined => {
  try {
    const value: unknown = JSON.parse(raw);
    return typeof value === "object" && value !== null
      ? Object.fromEntries(Object.entries(value))
      : undefined;
  } catch {
    // A line cut in the middle of its JSON is still a line; it is read as plain text.
    return undefined;
  }
};
