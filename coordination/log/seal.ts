import { brotliCompressSync, brotliDecompressSync, constants, crc32, inflateRawSync } from "node:zlib";
import { SwarmError } from "../protocol/errors.ts";

/** The version of every value that this program writes, and the newest that it reads. */
export const formatVersion = 1;

const magic = Buffer.from("SWRM");
const headBytes = 12;
/** How a body is packed. What is written is brotli: half the time of deflate at the same size, which earlier builds wrote. */
const flagDeflated = 1;
const flagBrotli = 2;

/** Below this, packing costs more time than the space is worth. */
const packFromBytes = 2_048;

/**
 * Wraps a value: magic `SWRM`, version, flags, two zero bytes, CRC-32 of all else, then the body, packed if that
 * helps. `docs/log-format.md` has the layout.
 */
export const seal = (body: Uint8Array): Buffer => {
  const packed = body.length >= packFromBytes ? pack(body) : body;
  const isPacked = packed.length < body.length;
  const stored = isPacked ? packed : body;
  const sealed = Buffer.allocUnsafe(headBytes + stored.length);
  sealed.set(magic, 0);
  sealed[4] = formatVersion;
  sealed[5] = isPacked ? flagBrotli : 0;
  sealed.writeUInt16LE(0, 6);
  sealed.set(stored, headBytes);
  sealed.writeUInt32LE(checksum(sealed), 8);
  return sealed;
};

/** Wraps a text in UTF-8 that is never packed, for values that someone waits for. */
export const sealText = (text: string): Buffer => {
  const sealed = Buffer.allocUnsafe(headBytes + Buffer.byteLength(text));
  sealed.set(plainHead, 0);
  sealed.write(text, headBytes);
  sealed.writeUInt32LE(crc32(sealed.subarray(headBytes), plainHeadChecksum), 8);
  return sealed;
};

/** What stands before the checksum of a value that is not packed. */
const plainHead = Buffer.from([...magic, formatVersion, 0, 0, 0]);
const plainHeadChecksum = crc32(plainHead);

const pack = (body: Uint8Array): Buffer =>
  brotliCompressSync(body, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: 1,
      // A larger window costs time to set up, and rows repeat one another within much less.
      [constants.BROTLI_PARAM_LGWIN]: 18,
      [constants.BROTLI_PARAM_SIZE_HINT]: body.length,
    },
  });

/** Unwraps a value. Throws `LOG_CORRUPT` or `LOG_VERSION`, both naming it as `what`. */
export const unseal = (sealed: Uint8Array, what: string): Buffer => {
  const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
  if (bytes.length < headBytes || !bytes.subarray(0, 4).equals(magic))
    throw corrupt(what, "it does not begin as one");
  // The checksum comes first: a flipped bit in the version is damage, not the future.
  if (bytes.readUInt32LE(8) !== checksum(bytes)) throw corrupt(what, "its checksum is wrong");
  const version = bytes[4];
  const flags = bytes[5] ?? 0;
  if (version !== formatVersion || flags > flagBrotli) throw tooNew(what, version ?? 0);
  const stored = bytes.subarray(headBytes);
  try {
    if (flags === flagBrotli) return brotliDecompressSync(stored);
    return flags === flagDeflated ? inflateRawSync(stored) : stored;
  } catch (cause) {
    throw corrupt(what, "it does not unpack", cause);
  }
};

const checksum = (sealed: Buffer): number => crc32(sealed.subarray(headBytes), crc32(sealed.subarray(0, 8)));

export const corrupt = (what: string, why: string, cause?: unknown): SwarmError =>
  new SwarmError(
    "LOG_CORRUPT",
    `${what} of the log is damaged: ${why}; check the disk, then restore the home from a copy, or delete it to start afresh`,
    { cause },
  );

const tooNew = (what: string, version: number): SwarmError =>
  new SwarmError(
    "LOG_VERSION",
    `${what} of the log has format ${version}, this swarm reads ${formatVersion}; read it with the swarm that wrote it or a newer one`,
  );
