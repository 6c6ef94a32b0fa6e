import { wordsOf, type Sentence } from "./sentences.ts";

/** What a conversation has said of something. */
export type Fact = {
  /** The words of what it is about, in alphabetical order, so that `port of billing` and `billing port` are one. */
  readonly key: string;
  readonly subject: string;
  readonly value: string;
  readonly line: number;
  /** The last sentence since then that names all of the subject and states no fact in a usual form: it may be news. */
  readonly since?: string;
};

const MAX_SUBJECT_WORDS = 6;
const MAX_VALUE_CHARS = 120;

const CHANGED = "(?:set|changed|moved|switched|renamed|updated|raised|lowered|bumped|migrated|reassigned)";
const FORMS: readonly RegExp[] = [
  // "we moved the billing port from 80 to 8080", "set the region of search to eu-west"
  new RegExp(`^(?:.{0,40}?\\b)?${CHANGED} (?:the )?(?<subject>.+?)(?: from .+?)? to (?<value>.+)$`, "i"),
  // "the billing port was changed to 8080", "the owner of search changed from ada to lin"
  new RegExp(
    `^(?<subject>.+?) (?:has been |have been |was |were |is |got )?${CHANGED}(?: from .+?)? to (?<value>.+)$`,
    "i",
  ),
  // "port of billing: 8080", "billing.port = 8080"
  /^(?<subject>[^:=.!?]{2,60}?)\s*(?::|=)\s+(?<value>.+)$/,
  // "the port of billing is now 8080"
  /^(?<subject>.+?) (?:is|are|was|were|equals|becomes|will be|stays at) (?:now |currently )?(?<value>.+)$/i,
];
/** Lead-ins that say nothing of the thing itself. */
const LEAD =
  /^(?:(?:ok|okay|well|so|also|note|noted|fyi|by the way|update|correction|as of today|remember|please note|for the record|actually)\b[,:]?\s+(?:that\s+)?)+/i;
const QUESTION = /\?\s*$|^(?:who|what|when|where|why|how|which|is|are|was|were|do|does|did|can|could)\b/i;

/** The fact that a sentence states, if it states one in a usual form. */
export const factIn = ({ text, line }: Sentence): Fact | undefined => {
  const plain = text.replace(LEAD, "").trim();
  if (QUESTION.test(plain)) return undefined;
  const statement = plain.replace(/[.!]+$/, "");
  for (const form of FORMS) {
    const { subject = "", value = "" } = form.exec(statement)?.groups ?? {};
    const words = wordsOf(subject.replace(/['’]s\b/g, ""));
    if (words.length === 0 || words.length > MAX_SUBJECT_WORDS) continue;
    if (value === "" || value.length > MAX_VALUE_CHARS) continue;
    return {
      key: [...new Set(words)].sort().join(" "),
      subject: subject.replace(/^the /i, "").trim(),
      value: value.trim(),
      line,
    };
  }
  return undefined;
};

/** Every fact with its last value; the last that was stated comes last. */
export const ledgerOf = (sentences: readonly Sentence[]): readonly Fact[] => {
  const ledger = new Map<string, Fact>();
  for (const sentence of sentences) {
    const fact = factIn(sentence);
    if (fact === undefined) mention(ledger, sentence);
    else {
      // Again at the end, since it is news.
      ledger.delete(fact.key);
      ledger.set(fact.key, fact);
    }
  }
  return [...ledger.values()];
};

/** A key of one word would be named by nearly everything. */
const MIN_KEY_WORDS = 2;

const mention = (ledger: Map<string, Fact>, { text }: Sentence): void => {
  if (QUESTION.test(text)) return;
  const words = new Set(wordsOf(text));
  for (const [key, fact] of ledger) if (names(words, key)) ledger.set(key, { ...fact, since: text });
};

const names = (words: ReadonlySet<string>, key: string): boolean => {
  const named = key.split(" ");
  return named.length >= MIN_KEY_WORDS && named.every((word) => words.has(word));
};

/** Whether the ledger holds what a sentence is about: its value, or what replaced it. */
export const isHeld = (sentence: Sentence, ledger: readonly Fact[]): boolean => {
  const own = factIn(sentence)?.key;
  const words = new Set(wordsOf(sentence.text));
  return ledger.some(({ key }) => key === own || names(words, key));
};
