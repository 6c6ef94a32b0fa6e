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
  const text =
    row.type === "turn" && "effects" in row
      ? `{${membersOf(row, (key, value) => (key === "effects" ? effectsForm(row.effects, blobs, digests) : storedForm(value, blobs)))}}`
      : storedForm(row, blobs);
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

const effectsForm = (effects: readonly unknown[], blobs: Blob[], digests: string[]): string => {
  const forms = effects.map((effect) => storedForm(effect, blobs));
  for (const form of forms) digests.push(sha256(form));
  return `[${forms.join(",")}]`;
};

const storedForm = (value: unknown, blobs: Blob[]): string => {
  switch (typeof value) {
    case "string":
      return isLarge(value) ? blobForm(value, blobs) : JSON.stringify(value);
    case "boolean":
      return value ? "true" : "false";
    case "number":
      if (!Number.isFinite(value)) throw new TypeError(`${value} has no stored form`);
      return JSON.stringify(value);
    case "object":
      if (value === null) return "null";
      if (Array.isArray(value)) return `[${value.map((item) => storedForm(item, blobs)).join(",")}]`;
      return `{${membersOf(value, (_, member) => storedForm(member, blobs))}}`;
    default:
      throw new TypeError(`${typeof value} has no stored form`);
  }
};

const membersOf = (value: object, form: (key: string, member: unknown) => string): string => {
  const members = Object.entries(value);
  sortByKey(members);
  let text = "";
  for (const [key, member] of members) {
    if (member === undefined) continue;
    if (text !== "") text += ",";
    text += keyForm(key) + form(key, member);
  }
  return text;
};

// Objects have few members and literals are often sorted already, so an insertion sort beats the general one.
const sortByKey = (members: [string, unknown][]): void => {
  for (let at = 1; at < members.length; at += 1) {
    const member = members[at];
    if (member === undefined) continue;
    // The key as stored decides, so that the stored form is canonical JSON too.
    const key = storedKey(member[0]);
    let to = at;
    for (; to > 0; to -= 1) {
      const before = members[to - 1];
      if (before === undefined || storedKey(before[0]) <= key) break;
      members[to] = before;
    }
    members[to] = member;
  }
};

// Only the codec may write a key `blob`: one of the user's gets a `~` in front, and so does one that already has some.
const storedKey = (key: string): string => (key.endsWith("blob") && /^~*blob$/.test(key) ? `~${key}` : key);
const ownKey = (key: string): string => (key.endsWith("blob") && /^~+blob$/.test(key) ? key.slice(1) : key);

const keyForms = new Map<string, string>();
const keyFormsKept = 4_096;

const keyForm = (key: string): string => {
  const known = keyForms.get(key);
  if (known !== undefined) return known;
  const form = `${JSON.stringify(storedKey(key))}:`;
  // Keys of users' data have no bound; those of our own types come first and stay.
  if (keyForms.size < keyFormsKept) keyForms.set(key, form);
  return form;
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
