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
  const stated = sentences.map((sentence) => ({ sentence, fact: factIn(sentence) }));
  const namedIn = finderOf(stated.flatMap(({ fact }) => (fact === undefined ? [] : [fact.key])));
  const ledger = new Map<string, Fact>();
  for (const { sentence, fact } of stated) {
    if (fact === undefined) mention(ledger, sentence, namedIn);
    else {
      // Again at the end, since it is news.
      ledger.delete(fact.key);
      ledger.set(fact.key, fact);
    }
  }
  return [...ledger.values()];
};

type Finder = (words: ReadonlySet<string>) => readonly string[];

const mention = (ledger: Map<string, Fact>, { text }: Sentence, namedIn: Finder): void => {
  if (QUESTION.test(text)) return;
  for (const key of namedIn(new Set(wordsOf(text)))) {
    const fact = ledger.get(key);
    if (fact !== undefined) ledger.set(key, { ...fact, since: text });
  }
};

/** A key of one word would be named by nearly everything. */
const MIN_KEY_WORDS = 2;

/**
 * Finds the keys all of whose words are there. Each is kept under the one of its words that fewest keys have, so that only few are looked at: a
 * history of a thousand facts would else take a second.
 */
const finderOf = (keys: readonly string[]): Finder => {
  const named = [...new Set(keys)]
    .map((key) => ({ key, words: key.split(" ") }))
    .filter(({ words }) => words.length >= MIN_KEY_WORDS);
  const counts = new Map<string, number>();
  for (const { words } of named) for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  const byRarest = new Map<string, typeof named>();
  for (const each of named) {
    const rarest = each.words.reduce((one, other) =>
      (counts.get(other) ?? 0) < (counts.get(one) ?? 0) ? other : one,
    );
    const beside = byRarest.get(rarest);
    if (beside === undefined) byRarest.set(rarest, [each]);
    else beside.push(each);
  }
  return (words) =>
    [...words].flatMap((word) =>
      (byRarest.get(word) ?? [])
        .filter((each) => each.words.every((needed) => words.has(needed)))
        .map(({ key }) => key),
    );
};

/** Whether the ledger holds what a sentence is about: its value, or what replaced it. */
export const heldBy = (ledger: readonly Fact[]): ((sentence: Sentence) => boolean) => {
  const keys = ledger.map(({ key }) => key);
  const namedIn = finderOf(keys);
  const known = new Set(keys);
  return (sentence) => {
    const own = factIn(sentence)?.key;
    return (own !== undefined && known.has(own)) || namedIn(new Set(wordsOf(sentence.text))).length > 0;
  };
};
