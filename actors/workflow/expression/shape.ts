/** Lines are told apart by how they begin; what comes later is not looked at, so a megabyte line costs no more. */
const MAX_SHAPE_CHARS = 1_024;

const MONTH = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)";
const CLOCK = String.raw`\d{1,2}:\d{2}(?::\d{2})?(?:[.,]\d{1,9})?`;
const ZONE = String.raw`(?:Z|\s?[+-]\d{2}:?\d{2}|\s(?:UTC|GMT|[CEMP][DES]T|CEST))?`;

/** Ways in which a line says when it was written, each anchored at its start. */
const TIMES: readonly RegExp[] = [
  new RegExp(
    String.raw`^\[?\d{4}[-/.]\d{2}[-/.]\d{2}(?:[T \-_]${CLOCK}|-\d{2}\.\d{2}\.\d{2}(?:\.\d+)?)?${ZONE}\]?`,
  ),
  new RegExp(
    String.raw`^\[?(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? )?${MONTH} {1,2}\d{1,2}(?: \d{4})? ${CLOCK}(?: \d{4})?\]?`,
  ),
  new RegExp(String.raw`^\[?\d{1,2}[/ -]${MONTH}[/ -]\d{2,4}[: ]${CLOCK}${ZONE}\]?`),
  new RegExp(String.raw`^[IWEF]\d{4} ${CLOCK}`),
  new RegExp(String.raw`^\[?${CLOCK}\]?(?=\s)`),
  /^<\d{1,3}>\d?(?=\s|[A-Z])/,
  /^\[?\d+(?:\.\d+)?\]?(?=\s)/,
  /^-(?=\s)/,
];
const MAX_TIMES = 4;

const HOST_BEFORE_PROGRAM = /^[\w.-]+ (?=[\w./()@-]+(?:\[\d+\])?: )/;
const ACCESS_TIME = /\[\d{1,2}\/[A-Z][a-z]{2}\/\d{4}:[\d:]+ [+-]\d{4}\]/g;
const QUOTED = /"[^"]*"|(?<![\w])'[^']*'(?!\w)|`[^`]*`/g;
const NAMED =
  /\b(user|for|host|rhost|ruser|pod|container|node|database|role|table|relation|topic|queue)([ =])([^\s,;()[\]]+)(?=(\s+from\b)?)/gi;
const WORD = /[\w.:@/\\%+~-]+/g;
const HEX_WORD = /^(?:0x)?[a-f]{8,}$/i;
const MASK = "#";

/**
 * The form of a log line: two lines that one statement of a program wrote should give the same shape. Leading times,
 * hosts and process ids are dropped; numbers, ids, addresses, paths and quoted parts become masks.
 */
export const shapeOf = (line: string): string =>
  dropPrefix(line.slice(0, MAX_SHAPE_CHARS).trim())
    .replace(ACCESS_TIME, `[${MASK}]`)
    .replace(QUOTED, (quoted) => `${quoted.charAt(0)}${quoted.charAt(0)}`)
    .replace(NAMED, maskNamed)
    .replace(WORD, maskWord)
    .replace(/#(?:[\s,/]+#)+/g, MASK)
    .replace(/\s+/g, " ")
    .trim();

const dropPrefix = (line: string): string => {
  let rest = line;
  let timed = false;
  for (let round = 0; round < MAX_TIMES; round += 1) {
    const found = TIMES.map((pattern) => pattern.exec(rest)?.[0]).find((text) => text !== undefined);
    if (found === undefined) break;
    const after = rest.slice(found.length).trimStart();
    if (after === "") break;
    rest = after;
    timed = true;
  }
  return timed ? rest.replace(HOST_BEFORE_PROGRAM, "") : rest;
};

/** A name that follows a word such as `user`. After `for` it counts only in "for NAME from". */
const maskNamed = (
  whole: string,
  word: string,
  link: string,
  _name: string,
  from: string | undefined,
): string => {
  const plain = word.toLowerCase();
  if (plain === "for" ? link === " " && from === undefined : link === " " && plain !== "user") return whole;
  return `${word}${link}${MASK}`;
};

const maskWord = (word: string): string => {
  const tail = /[.:]+$/.exec(word)?.[0] ?? "";
  const core = word.slice(0, word.length - tail.length);
  const isValue =
    /\d/.test(core) || /^[\w.]+@|:\/\/|^~?[/\\]|[/\\][^/\\]*[/\\]/.test(core) || HEX_WORD.test(core);
  return isValue ? `${MASK}${tail}` : word;
};
