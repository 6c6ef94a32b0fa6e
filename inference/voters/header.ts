/** Where a header can reach; behind it a level word is part of the message. */
const HEADER_TOKENS = 12;
const MAX_TOKENS = 120;

const MONTH = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)";
const SYSLOG_TIME = new RegExp(
  `(?:^|[\\s\\[])${MONTH} {1,2}\\d{1,2} \\d\\d:\\d\\d:\\d\\d\\S{0,12} (\\S{1,80})`,
);
const ISO_SYSLOG = /^\S{0,5}\d{4}-\d\d-\d\dT\S{5,32} (\S{1,80}) [\w./()-]{1,60}(?:\[\d{1,9}\])?: /;
const PROGRAM = /^[\w./()-]{1,60}(?:\[\d{1,9}\])?:$/;
const SYSLOG_PRIORITY = /^<\d{1,3}>\d? ?/;
const ACCESS_STATUS = /HTTP\/\d(?:\.\d)?" ([1-5])\d\d\b|\bstatus(?:[ _]code)?["']?[:=] ?"?([1-5])\d\d\b/gi;
const STATUS_WORDS = ["", "httpone", "httptwo", "httpthree", "httpfour", "httpfive"];
const LEVEL_PAIR = /["']?\b(?:level|lvl|severity|loglevel|levelname)\b["']?\s?[=:]\s?["']?\w{1,12}["']?,?/gi;
const TIME_PAIR = /["']?\b(?:time|ts|timestamp|t|datetime)\b["']?\s?[=:]\s?["']?[\dTZ:.,+-]{6,40}["']?,?/g;

const UPPER_LEVEL =
  /^(?:TRACE|DEBUG[1-5]?|VERBOSE|FINE|FINER|FINEST|CONFIG|INFO|INFORMATION|NOTICE|LOG|WARN|WARNING|ERR|ERROR|SEVERE|FATAL|CRIT|CRITICAL|FAILURE|ALERT|EMERG|EMERGENCY|PANIC)$/;
const ANY_LEVEL =
  /^(?:trace|debug|verbose|info|information|notice|warn|warning|err|error|severe|fatal|crit|critical|alert|emerg|panic)$/i;
const LEVEL_PREFIX = /^(?:(?:DEBUG|INFO|WARN|WARNING|ERROR|CRITICAL|FATAL):(?=[\w.])|[VDIWEFA]\/(?=\w))/;
const LETTER_LEVEL = /^\[?[VDTIWECFA]\]?$/;
const EDGES = /^[[\](){}<>|:,"'*=-]+|[[\](){}<>|:,"'*=-]+$/g;
const NUMBERISH = /^[\d.,:;/+#@_TZUC\-[\]()|*<>]*$/;

/** Cuts time, host and level off the front of a line and returns what is left, split at white space. */
export const stripHeader = (text: string): readonly string[] => {
  const body = cutTimeAndHost(text)
    .replace(
      ACCESS_STATUS,
      (_, a: string | undefined, b: string | undefined) => ` ${STATUS_WORDS[Number(a ?? b)] ?? ""} `,
    )
    .replace(LEVEL_PAIR, " ")
    .replace(TIME_PAIR, " ")
    .replaceAll("|", " ");
  const tokens = body.split(/\s+/, MAX_TOKENS).filter((token) => token !== "");
  return dropLevel(tokens);
};

const cutTimeAndHost = (text: string): string => {
  const plain = text.replace(SYSLOG_PRIORITY, "");
  const found = SYSLOG_TIME.exec(plain.slice(0, 200));
  const host = found?.[1];
  if (found && host) {
    const end = found.index + found[0].length;
    // Some daemons write no host: then the word after the time is the program, which says much about the area.
    return PROGRAM.test(host) ? plain.slice(end - host.length) : plain.slice(end);
  }
  const iso = ISO_SYSLOG.exec(plain.slice(0, 260));
  return iso?.[1] ? plain.slice(plain.indexOf(iso[1], 20) + iso[1].length) : plain;
};

const dropLevel = (tokens: readonly string[]): readonly string[] => {
  const kept: string[] = [];
  let levelSeen = false;
  let wordsSeen = 0;
  let afterNumber = true;
  let afterComma = false;
  for (const [index, original] of tokens.entries()) {
    if (index >= HEADER_TOKENS) {
      kept.push(original);
      continue;
    }
    const token = !levelSeen && wordsSeen === 0 ? original.replace(LEVEL_PREFIX, "") : original;
    if (token !== original) levelSeen = true;
    if (!levelSeen && isLevel(token, { wordsSeen, afterNumber, afterComma })) {
      levelSeen = true;
      continue;
    }
    const numberish = NUMBERISH.test(token);
    // Numbers before the first word are times, process ids and counters of the logger.
    if (!numberish) wordsSeen += 1;
    if (!numberish || wordsSeen > 0) kept.push(token);
    afterNumber = numberish;
    afterComma = numberish && token.endsWith(",");
  }
  return kept;
};

type Before = { readonly wordsSeen: number; readonly afterNumber: boolean; readonly afterComma: boolean };

const isLevel = (token: string, before: Before): boolean => {
  const core = token.replace(EDGES, "");
  if (UPPER_LEVEL.test(core)) return true;
  if (LETTER_LEVEL.test(token) && before.afterNumber) return true;
  if (!ANY_LEVEL.test(core)) return false;
  // In lower case "error" is also an ordinary word, so it must look like a field: [error], error: or ", Error".
  const bracketed = /^[[<(]/.test(token) && /[\])>]:?$/.test(token);
  return bracketed || (token.endsWith(":") && before.wordsSeen <= 1) || before.afterComma;
};
