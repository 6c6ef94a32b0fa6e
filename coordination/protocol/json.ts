/** Plain data: what crosses a bus, a disk or a process unharmed. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/**
 * Canonical JSON: keys sorted by code unit, no white space, absent (`undefined`) members left out.
 * Equal data gives equal text in every process. Throws `TypeError` on what JSON cannot say (NaN, infinities, functions).
 */
export const canonical = (value: unknown): string => {
  switch (typeof value) {
    case "string":
      return quoted(value);
    case "boolean":
      return value ? "true" : "false";
    case "number":
      if (!Number.isFinite(value)) throw new TypeError(`${value} has no canonical form`);
      return JSON.stringify(value);
    case "object":
      if (value === null) return "null";
      return Array.isArray(value) ? `[${value.map(canonical).join(",")}]` : canonicalObject(value);
    default:
      throw new TypeError(`${typeof value} has no canonical form`);
  }
};

const canonicalObject = (value: object): string => {
  const members = value as Readonly<Record<string, unknown>>;
  let text = "{";
  for (const key of sortedKeys(members)) {
    const member = members[key];
    if (member === undefined) continue;
    const { first, later } = known.get(key) ?? asKey(key);
    text += (text.length === 1 ? first : later) + canonical(member);
  }
  return `${text}}`;
};

/** A key as it stands before its value, at the beginning of an object and after other members. */
type Key = { readonly first: string; readonly later: string };

/** Messages have few keys, and each piece that a text is put together from is an object for the collector. */
const known = new Map<string, Key>();
const knownAtMost = 512;
const knownLengthAtMost = 64;

const asKey = (key: string): Key => {
  const first = `${quoted(key)}:`;
  const made = { first, later: `,${first}` };
  if (known.size < knownAtMost && key.length <= knownLengthAtMost) known.set(key, made);
  return made;
};

// Made for each effect of each row. Objects have few keys, often in order already: then this is several times quicker than
// `sort`, which is what it falls back to.
const sortedKeys = (members: Readonly<Record<string, unknown>>): readonly string[] => {
  const keys = Object.keys(members);
  if (keys.length > 16) return keys.sort();
  for (let at = 1; at < keys.length; at += 1) {
    const key = keys[at] ?? "";
    let place = at;
    for (; place > 0 && (keys[place - 1] ?? "") > key; place -= 1) keys[place] = keys[place - 1] ?? "";
    keys[place] = key;
  }
  return keys;
};

/** Printable ASCII but for the quote and the backslash: what JSON writes as it is. */
const plain = /^[ !#-[\]-~]*$/;
const quoted = (text: string): string => (plain.test(text) ? `"${text}"` : JSON.stringify(text));
