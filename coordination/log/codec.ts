import { hash as digestOf } from "node:crypto";
import { SwarmError } from "../protocol/errors.ts";
import type { ActorId, RunId } from "../protocol/ids.ts";
import type { Row } from "../protocol/row.ts";

/** Strings of more UTF-8 bytes than this are kept outside their row, once by content. */
export const blobAboveBytes = 512;

/** The hash before the first row of a run. */
export const genesisHash = "0".repeat(64);

export type Blob = { readonly hash: string; readonly bytes: Uint8Array };

/** A row in its stored form, ready to be packed. */
export type EncodedRow = {
  readonly run: RunId;
  readonly actor: ActorId | undefined;
  /** Canonical JSON with large strings replaced by `{"blob":HASH,"bytes":N}`. */
  readonly text: string;
  readonly hash: string;
  readonly digests: readonly string[];
  readonly blobs: readonly Blob[];
};

/**
 * The stored form of a row that follows `previous` in its run. Each part is made once: the digests are taken from pieces
 * of the text that the hash covers. Throws `TypeError` on what JSON cannot say.
 */
export const encodeRow = (row: Row, previous: string): EncodedRow => {
  const blobs: Blob[] = [];
  const digests: string[] = [];
  const text = objectForm(row, blobs, row.type === "turn" && "effects" in row ? digests : undefined);
  return {
    run: row.run,
    actor: row.type === "turn" ? row.actor : undefined,
    text,
    hash: chainHash(previous, text),
    digests,
    blobs,
  };
};

/** The link of the chain: over the hash before (as hex) and the stored form. */
export const chainHash = (previous: string, text: string): string =>
  digestOf("sha256", previous + text, "hex");

export const sha256 = (content: string | Uint8Array): string => digestOf("sha256", content, "hex");

const effectsForm = (effects: unknown, blobs: Blob[], digests: string[]): string => {
  if (!Array.isArray(effects)) throw new TypeError("effects are a list");
  const forms = effects.map((effect) => storedForm(effect, blobs));
  for (const form of forms) digests.push(sha256(form));
  return `[${forms.join(",")}]`;
};

const storedForm = (value: unknown, blobs: Blob[]): string => {
  switch (typeof value) {
    case "string":
      return isLarge(value) ? blobForm(value, blobs) : quoted(value);
    case "boolean":
      return value ? "true" : "false";
    case "number":
      if (!Number.isFinite(value)) throw new TypeError(`${value} has no stored form`);
      return Object.is(value, -0) ? "0" : String(value);
    case "object":
      if (value === null) return "null";
      if (Array.isArray(value)) return arrayForm(value, blobs);
      return objectForm(value, blobs);
    default:
      throw new TypeError(`${typeof value} has no stored form`);
  }
};

const arrayForm = (items: readonly unknown[], blobs: Blob[]): string => {
  let text = "[";
  for (let at = 0; at < items.length; at += 1)
    text += at === 0 ? storedForm(items[at], blobs) : `,${storedForm(items[at], blobs)}`;
  return `${text}]`;
};

/** With `digests` given this is a row, and each of its effects leaves its digest there. */
const objectForm = (value: object, blobs: Blob[], digests?: string[]): string => {
  const members = value as Readonly<Record<string, unknown>>;
  let text = "{";
  for (const key of sortedKeys(value)) {
    const member = members[key];
    if (member === undefined) continue;
    if (text !== "{") text += ",";
    text += quoted(isBlobKey(key) ? `~${key}` : key);
    text += ":";
    text +=
      digests !== undefined && key === "effects"
        ? effectsForm(member, blobs, digests)
        : storedForm(member, blobs);
  }
  return `${text}}`;
};

const sortedKeys = (value: object): readonly string[] => {
  const keys = Object.keys(value);
  // The key as stored decides, so that the stored form is canonical JSON too.
  for (const key of keys)
    if (isBlobKey(key)) return keys.sort((a, b) => (storedKey(a) < storedKey(b) ? -1 : 1));
  // Objects have few members and literals are often sorted already, so an insertion sort beats the general one.
  for (let at = 1; at < keys.length; at += 1) {
    const key = keys[at] ?? "";
    let to = at;
    for (; to > 0 && (keys[to - 1] ?? "") > key; to -= 1) keys[to] = keys[to - 1] ?? "";
    keys[to] = key;
  }
  return keys;
};

// Only the codec may write a key `blob`: one of the user's gets a `~` in front, and so does one that already has some.
// Asked of every key of every object: the last letter settles it for nearly all.
const isBlobKey = (key: string): boolean => key.charCodeAt(key.length - 1) === 0x62 && /^~*blob$/.test(key);
const storedKey = (key: string): string => (isBlobKey(key) ? `~${key}` : key);
const ownKey = (key: string): string => (key.startsWith("~") && isBlobKey(key) ? key.slice(1) : key);

/** Short strings are looked at here, which is much quicker than to call JSON.stringify for each. */
const shortChars = 48;

const quoted = (text: string): string => {
  if (text.length > shortChars) return JSON.stringify(text);
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code < 0x20 || code > 0x7e || code === 0x22 || code === 0x5c) return JSON.stringify(text);
  }
  return `"${text}"`;
};

// A string has at least one and at most three UTF-8 bytes a code unit, so most need no counting.
const isLarge = (text: string): boolean =>
  text.length * 3 > blobAboveBytes &&
  (text.length > blobAboveBytes || Buffer.byteLength(text) > blobAboveBytes);

const blobForm = (text: string, blobs: Blob[]): string => {
  const bytes = Buffer.from(text);
  // Half a surrogate pair has no UTF-8: such a string stays in its row, where JSON escapes it.
  if (text.includes("\ufffd") ? bytes.toString() !== text : bytes.includes("\ufffd"))
    return JSON.stringify(text);
  const hash = sha256(bytes);
  blobs.push({ hash, bytes });
  return `{"blob":"${hash}","bytes":${bytes.length}}`;
};

/** Restores a row from its stored form; `blob` gives the string that has the hash. */
export const decodeRow = (text: string, blob: (hash: string) => string): Row => {
  const value: unknown = JSON.parse(text);
  // In a stored form this sequence ends a key only: within a string the quote would be escaped.
  return (text.includes('blob":') ? restored(value, blob) : value) as Row;
};

const restored = (value: unknown, blob: (hash: string) => string): unknown => {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => restored(item, blob));
  if ("blob" in value && Object.hasOwn(value, "blob")) {
    if (typeof value.blob !== "string")
      throw new SwarmError("LOG_CORRUPT", "a row names a blob without a hash");
    return blob(value.blob);
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [ownKey(key), restored(member, blob)]),
  );
};
