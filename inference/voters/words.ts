/** Masks stand for values: a number, an address, a path, an identifier. */
export const MASKS = { number: "#", address: "@", path: "/", identifier: "&" } as const;

/** Whether a word of a normalised line stands for a value. */
export const isMask = (word: string): boolean => word === "#" || word === "@" || word === "/" || word === "&";

const MAX_WORD_CHARS = 18;
const MAX_TOKEN_CHARS = 160;
const EDGES = /^[^A-Za-z0-9/\\#<*-]+|[^A-Za-z0-9/\\%]+$/g;
const PROCESS_ID = /\[\d{1,9}\]:?$/;
const IPV4 = /^\/?\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}(?:[:/#]\d{1,5})?$/;
const IPV6 = /^[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){3,8}(?:[:.]\d{1,5})?$/i;
const NUMBER = /^[-+]?[\d.,:/_#+TZ-]*\d[\d.,:/_#TZ-]*(?:[a-z]{1,3}|%|[KMGTP]i?B?)?$/i;
const HEX = /^(?:0x[0-9a-f]+|(?=[0-9a-f-]*\d)[0-9a-f-]{7,64})$/i;
const URL = /:\/\//;
const WINDOWS_PATH = /^[A-Za-z]:\\|\\\w+\\/;
const FILE =
  /^[\w.-]+\.(?:log|conf|cfg|ini|ya?ml|json|xml|txt|py|java|c|h|cpp|cc|go|rs|js|ts|rb|php|html?|sock|pid|lock|tmp|gz|tar|zip|jar|so|dll|exe|db|sql|sh|pem|crt|key|properties|service|dat|bin|cab|mum|asp|cgi)(?::\d+)?$/i;
const HOST_NAME =
  /^[\w-]+(?:\.[\w-]+)*\.(?:com|net|org|edu|gov|io|local|localdomain|internal|lan|cn|de|uk|ru|jp|br|fr|info|biz|arpa|test|example|cluster)(?::\d+)?$/i;
const MAIL = /^[\w.+-]+@[\w.-]+$/;
const ARTICLES = new Set(["the", "a", "an"]);

/** Words and masks of one white-space-free token, in order. */
export const wordsOf = (raw: string): readonly string[] => {
  const token = raw.slice(0, MAX_TOKEN_CHARS).replace(PROCESS_ID, "").replace(EDGES, "");
  if (token === "") return [];
  const pair = token.indexOf("=");
  if (pair > 0) return [...keyWords(token.slice(0, pair)), ...wordsOf(token.slice(pair + 1))];
  return [maskOf(token) ?? plainWords(token)].flat();
};

const keyWords = (key: string): readonly string[] =>
  key === "msg" || key === "message" ? [] : plainWords(key);

const maskOf = (token: string): string | undefined => {
  if (token === "0") return "zero";
  if (/^-\d+$/.test(token)) return "minus";
  if (IPV4.test(token) || IPV6.test(token) || HOST_NAME.test(token) || MAIL.test(token)) return MASKS.address;
  if (NUMBER.test(token)) return MASKS.number;
  if (HEX.test(token)) return MASKS.identifier;
  if (URL.test(token) || WINDOWS_PATH.test(token) || isPath(token) || FILE.test(token)) return MASKS.path;
  return undefined;
};

const isPath = (token: string): boolean => token.startsWith("/") || token.split("/", 4).length >= 3;

const plainWords = (token: string): readonly string[] => {
  const expanded = lastOfDotted(token)
    .replace(/\bcan['’]t\b/gi, "can not")
    .replace(/n['’]t\b/gi, " not")
    .replace(/['’]s\b/gi, "");
  const parts = expanded
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .replace(/([A-Z])([A-Z][a-z])/g, "$1 $2")
    .split(/[^A-Za-z0-9]+/);
  return parts.flatMap(partWords);
};

const partWords = (part: string): readonly string[] => {
  if (part === "") return [];
  if (!/\d/.test(part)) return keepWord(part);
  if (/^\d+$/.test(part)) return [MASKS.number];
  // "blk38865" keeps its kind and loses its value; what has no kind is only an identifier.
  const kind = /^[A-Za-z]{3,}/.exec(part)?.[0];
  return kind && !HEX.test(part) ? [...keepWord(kind), MASKS.number] : [MASKS.identifier];
};

const keepWord = (part: string): readonly string[] => {
  const word = part.toLowerCase().slice(0, MAX_WORD_CHARS);
  return word.length < 2 || ARTICLES.has(word) ? [] : [word];
};

/** Of a dotted name (a Java class, a Python module) the last part carries the meaning. */
const lastOfDotted = (token: string): string => {
  if (!/^[\w$]+(?:\.[\w$<>]+)+(?:[:(]|$)/.test(token)) return token;
  const name = /^[\w$.<>]+/.exec(token)?.[0] ?? token;
  const parts = name.split(".");
  return `${parts.slice(-2).join(" ")} ${token.slice(name.length)}`;
};
