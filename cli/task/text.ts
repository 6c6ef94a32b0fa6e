import { isUtf8 } from "node:buffer";

export type DecodedText =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "binary"; readonly reason: string };

/** A log may hold a few NULs, from a crash; a file of them is no text. */
const MAX_NUL_PART = 0.01;
const MAX_STRANGE_PART = 0.1;
/** Control characters that text does not hold; the escape of colours is none of them. */
const CONTROLS = Array.from({ length: 0x20 }, (_, byte) => byte).filter(
  (byte) => (byte < 0x08 || byte > 0x0d) && byte !== 0x1b,
);

/**
 * Bytes as text. A byte order mark is dropped; what is no UTF-8, and the odd NUL, becomes U+FFFD. Bytes that are mostly
 * neither are called binary.
 */
export const decodeText = (bytes: Uint8Array): DecodedText => {
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff))
    return { type: "binary", reason: "it is UTF-16" };
  const nuls = count(bytes, [0]);
  if (nuls > bytes.length * MAX_NUL_PART) return { type: "binary", reason: "it holds NUL bytes" };
  const text = new TextDecoder("utf-8").decode(bytes);
  const controls = count(bytes, CONTROLS);
  // U+FFFD may also really stand there.
  const strange = controls + (isUtf8(bytes) ? 0 : countReplaced(text));
  if (strange > bytes.length * MAX_STRANGE_PART) return { type: "binary", reason: "most of it is no UTF-8" };
  return { type: "text", text: nuls === 0 ? text : text.replaceAll("\0", "\ufffd") };
};

/** How many of some bytes there are. Most texts have none, which is found out much quicker than by a look at each byte. */
const count = (bytes: Uint8Array, wanted: readonly number[]): number => {
  if (!wanted.some((byte) => bytes.includes(byte))) return 0;
  const isWanted = new Uint8Array(256);
  for (const byte of wanted) isWanted[byte] = 1;
  let found = 0;
  // By index: an iterator takes ten times as long, which is seconds for a long log with a single such byte.
  for (let at = 0; at < bytes.length; at += 1) found += isWanted[bytes[at] ?? 0] ?? 0;
  return found;
};

const countReplaced = (text: string): number => {
  let found = 0;
  for (let place = text.indexOf("\ufffd"); place !== -1; place = text.indexOf("\ufffd", place + 1))
    found += 1;
  return found;
};
