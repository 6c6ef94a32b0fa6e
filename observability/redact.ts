/** Makes a text safe to show: what looks like a secret, or is known as one, is replaced. */
export type Redact = (text: string) => string;

export const redacted = "[redacted]";

/** Shorter values of the environment are words that occur anywhere, like `1` or `yes`. */
const shortestSecret = 6;

// Names under which people keep secrets, then what assigns a value, then the value.
const named =
  /((?:pass(?:word|wd|phrase)?|pwd|secret|token|api[-_ ]?key|access[-_ ]?key|private[-_ ]?key|credentials?|authorization|cookie|session[-_ ]?id)["']?\s*(?:[:=]|\bis\b)\s*)(\[redacted\]|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|(?:(?:Bearer|Basic|Token)\s+)?[^\s"',;&)}\]]+)/gi;

const shapes: readonly (readonly [RegExp, string])[] = [
  [named, `$1${redacted}`],
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g, redacted],
  [/\b(Bearer|Basic)\s+[\w.~+/-]{8,}=*/gi, `$1 ${redacted}`],
  // JSON Web Tokens, then the prefixes that providers give their keys.
  [/\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*/g, redacted],
  [/\b(?:sk|pk|rk)[-_](?:[A-Za-z]+[-_])*[A-Za-z0-9_-]{16,}/g, redacted],
  [/\b(?:gh[pousr]_|github_pat_|glpat-|xox[abeoprs]-|hf_|npm_|dop_v1_|AIza)[\w-]{16,}/g, redacted],
  [/\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g, redacted],
  // The user part of a URL.
  [/\b([a-z][a-z0-9+.-]*:\/\/)[^\s/@:]*:[^\s/@]+@/gi, `$1${redacted}@`],
];

/**
 * Leaves out what a sentence quotes, from the first quote to the last: an error may quote the reply or the prompt that it is about.
 * Where a quote was cut off before its end, nothing says where it would have ended, and all the rest goes.
 */
export const withoutQuotes: Redact = (text) => {
  const first = text.indexOf('"');
  if (first < 0) return text;
  const isClosed = text.split('"').length % 2 === 1;
  return `${text.slice(0, first)}"…"${isClosed ? text.slice(text.lastIndexOf('"') + 1) : ""}`;
};

/** `secrets`: values that are known to be secret, as those of the environment that a task names. */
export const redactor = (secrets: Iterable<string>): Redact => {
  // The longest first, so that one that holds another goes as a whole.
  const known = [...new Set(secrets)]
    .filter(({ length }) => length >= shortestSecret)
    .toSorted((a, b) => b.length - a.length);
  const redact: Redact = (text) => {
    let safe = text;
    for (const secret of known) safe = safe.replaceAll(secret, redacted);
    for (const [shape, replacement] of shapes) safe = safe.replace(shape, replacement);
    return safe;
  };
  return remembering(redact);
};

/** Options and domains come again with every decision, and a dozen patterns go over each text. */
const remembering = (redact: Redact): Redact => {
  const known = new Map<string, string>();
  return (text) => {
    if (text.length > rememberedLength) return redact(text);
    const before = known.get(text);
    if (before !== undefined) return before;
    if (known.size >= rememberedAtMost) known.clear();
    const safe = redact(text);
    known.set(text, safe);
    return safe;
  };
};

const rememberedLength = 64;
const rememberedAtMost = 1024;
