import { BusError } from "./bus-error.ts";

/**
 * Longest subject, in characters. A NATS server drops the connection of who sends a control line above 4,096 bytes,
 * and one line may carry a subject and a reply.
 */
export const MAX_SUBJECT_LENGTH = 1_024;

/** Where the mail of an actor of a run goes. */
export const inboxSubject = (run: string, actor: string): string =>
  `swarm.${subjectToken(run)}.to.${subjectToken(actor)}`;
/** The same for all runs and actors, for those who count by kind. */
export const inboxTemplate = "swarm.{run}.to.{actor}";

// Visible ASCII without the three characters that have a meaning. Text goes through `subjectToken`.
const LITERAL_TOKEN = /^[!-)+-\-/-=?-~]+$/;
const LITERAL_SUBJECT = /^[!-)+-\-/-=?-~]+(?:\.[!-)+-\-/-=?-~]+)*$/;

/** Throws BAD_SUBJECT unless one can publish to `subject`: non-empty literal tokens, no wildcards. */
export const checkSubject = (subject: string): void => {
  if (!isBounded(subject) || !LITERAL_SUBJECT.test(subject)) {
    throw badSubject(subject, "subjects are dot-separated tokens of visible ASCII without wildcards");
  }
};

/** Throws BAD_SUBJECT unless one can subscribe to `pattern`: as a subject, with `*` tokens and a last `>`. */
export const checkPattern = (pattern: string): void => {
  const tokens = pattern.split(".");
  const isToken = (token: string, at: number): boolean =>
    token === "*" || (token === ">" && at === tokens.length - 1) || LITERAL_TOKEN.test(token);
  if (!isBounded(pattern) || !tokens.every(isToken)) {
    throw badSubject(pattern, "patterns are dot-separated tokens, `*` for one and a last `>` for the rest");
  }
};

/** Throws BAD_SUBJECT unless `queue` can name a queue group: one literal token. */
export const checkQueue = (queue: string): void => {
  if (!isBounded(queue) || !LITERAL_TOKEN.test(queue)) {
    throw badSubject(queue, "a queue group is named by one token of visible ASCII");
  }
};

/**
 * Any text as one safe token: agent names, `a[17]`, dots, spaces, unicode, even half a surrogate pair. Different texts
 * give different tokens; letters, digits, `-` and `_` stay readable. A character may need six.
 */
export const subjectToken = (text: string): string =>
  text === "" ? EMPTY_TOKEN : text.replace(NEEDS_ESCAPE, escapeUnit);

/** The text that `subjectToken` made this token of. Throws BAD_SUBJECT for a token it never makes. */
export const decodeSubjectToken = (token: string): string => {
  const text =
    token === EMPTY_TOKEN ? "" : token.replace(ESCAPE, (_, short, long) => unescapeUnit(short ?? long));
  // Encoding again rules out the many spellings that would decode to the same text.
  if (subjectToken(text) !== token) throw badSubject(token, "it is no token that subjectToken makes");
  return text;
};

const EMPTY_TOKEN = "=";
// Without the `u` flag these go by UTF-16 unit, which is what keeps lone surrogates apart.
const NEEDS_ESCAPE = /[^A-Za-z0-9_-]/g;
const ESCAPE = /=(?:u([0-9a-f]{4})|([0-9a-f]{2}))/g;

const escapeUnit = (unit: string): string => {
  const hex = unit.charCodeAt(0).toString(16);
  return hex.length <= 2 ? `=${hex.padStart(2, "0")}` : `=u${hex.padStart(4, "0")}`;
};

const unescapeUnit = (hex: string): string => String.fromCharCode(Number.parseInt(hex, 16));

const isBounded = (subject: string): boolean => subject.length > 0 && subject.length <= MAX_SUBJECT_LENGTH;

const badSubject = (subject: string, rule: string): BusError =>
  new BusError(
    "BAD_SUBJECT",
    `${JSON.stringify(subject.slice(0, 80))} is no good: ${rule}, at most ${MAX_SUBJECT_LENGTH} characters`,
  );
