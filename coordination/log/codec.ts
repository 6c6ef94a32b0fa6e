import { hash as digestOf } from "node:crypto";
import { canonical } from "../protocol/json.ts";
import { SwarmError } from "../protocol/errors.ts";
import type { ActorId } from "../protocol/ids.ts";
import type { Row } from "../protocol/row.ts";

/** Strings of more UTF-8 bytes than this are kept outside their row, once by content. */
export const blobAboveBytes = 512;

export type Blob = { readonly hash: string; readonly bytes: Uint8Array };

/** A row in its stored form, ready to be packed. */
export type EncodedRow = {
  readonly actor: ActorId | undefined;
  /** JSON with large strings replaced by `{"blob":HASH,"bytes":N}`. */
  readonly text: string;
  readonly blobs: readonly Blob[];
};

const none: readonly Blob[] = [];

/** The stored form of a row. Throws `TypeError` on what JSON cannot say. */
export const encodeRow = (row: Row): EncodedRow => {
  const actor = row.type === "turn" ? row.actor : undefined;
  if (isStoredAsIs(row)) return { actor, text: withDigests(JSON.stringify(row), row), blobs: none };
  const blobs: Blob[] = [];
  const stored = storedForm(row, blobs);
  return { actor, text: withDigests(JSON.stringify(stored), stored), blobs };
};

/**
 * Adds the digest of each effect: the sha256 of its canonical JSON as it is stored, in the order of the effects. Who has one of
 * them can find and prove what was asked for without the rest of the row.
 */
const withDigests = (text: string, stored: unknown): string => {
  if (typeof stored !== "object" || stored === null || !("effects" in stored)) return text;
  const { effects } = stored;
  if (!Array.isArray(effects) || effects.length === 0) return text;
  const digests = effects.map((effect) => `"${sha256(canonical(effect))}"`);
  return `${text.slice(0, -1)},"digests":[${digests.join(",")}]}`;
};

export const sha256 = (content: string | Uint8Array): string => digestOf("sha256", content, "hex");

// A string has at least one and at most three UTF-8 bytes a code unit, so most need no counting.
const surelySmallChars = Math.floor(blobAboveBytes / 3);

/** Whether JSON can say this and nothing in it is replaced. Nearly all rows are so, and JSON.stringify is the quickest. */
const isStoredAsIs = (value: unknown): boolean => {
  switch (typeof value) {
    case "string":
      return value.length <= surelySmallChars || !isLarge(value);
    case "number":
      return Number.isFinite(value);
    case "boolean":
      return true;
    case "object":
      if (value === null) return true;
      return Array.isArray(value) ? areItemsStoredAsIs(value) : areMembersStoredAsIs(value);
    default:
      return false;
  }
};

// Not by `every`, which passes over holes.
const areItemsStoredAsIs = (items: readonly unknown[]): boolean => {
  for (let at = 0; at < items.length; at += 1) if (!isStoredAsIs(items[at])) return false;
  return true;
};

const areMembersStoredAsIs = (value: object): boolean => {
  const members = value as Readonly<Record<string, unknown>>;
  for (const key in members) {
    const member = members[key];
    if (isBlobKey(key) || (member !== undefined && !isStoredAsIs(member))) return false;
  }
  return true;
};

const storedForm = (value: unknown, blobs: Blob[]): unknown => {
  switch (typeof value) {
    case "string":
      return isLarge(value) ? blobForm(value, blobs) : value;
    case "number":
      if (!Number.isFinite(value)) throw new TypeError(`${value} has no stored form`);
      return value;
    case "boolean":
      return value;
    case "object":
      if (value === null || isStoredAsIs(value)) return value;
      if (Array.isArray(value)) return Array.from(value, (item) => storedForm(item, blobs));
      return Object.fromEntries(
        Object.entries(value).flatMap(([key, member]) =>
          member === undefined ? [] : [[isBlobKey(key) ? `~${key}` : key, storedForm(member, blobs)]],
        ),
      );
    default:
      throw new TypeError(`${typeof value} has no stored form`);
  }
};

// Only the codec may write a key `blob`: one of the user's gets a `~` in front, and so does one that already has some.
// Asked of every key of every object: the last letter settles it for nearly all.
const isBlobKey = (key: string): boolean => key.charCodeAt(key.length - 1) === 0x62 && /^~*blob$/.test(key);
const ownKey = (key: string): string => (key.startsWith("~") && isBlobKey(key) ? key.slice(1) : key);

const isLarge = (text: string): boolean =>
  text.length > surelySmallChars &&
  (text.length > blobAboveBytes || Buffer.byteLength(text) > blobAboveBytes);

const blobForm = (text: string, blobs: Blob[]): unknown => {
  const bytes = Buffer.from(text);
  // Half a surrogate pair has no UTF-8: such a string stays in its row, where JSON escapes it.
  if (text.includes("\ufffd") ? bytes.toString() !== text : bytes.includes("\ufffd")) return text;
  const hash = sha256(bytes);
  blobs.push({ hash, bytes });
  return { blob: hash, bytes: bytes.length };
};

/** Restores a row, and the digests of its effects, from its stored form; `blob` gives the string that has the hash. */
export const decodeRow = (
  text: string,
  blob: (hash: string) => string,
): { readonly row: Row; readonly digests: readonly string[] } => {
  const value: unknown = JSON.parse(text);
  // In a stored form this sequence ends a key only: within a string the quote would be escaped.
  const row = (text.includes('blob":') ? restored(value, blob) : value) as Row & {
    digests?: readonly string[];
  };
  const { digests = noDigests } = row;
  // The member that was added last can be taken off again at no cost; a copy without it takes as long as the rest of this.
  delete row.digests;
  return { row, digests };
};

const noDigests: readonly string[] = [];

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
