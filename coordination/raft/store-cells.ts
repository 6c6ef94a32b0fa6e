import type { KeyRange } from "./store-keys.ts";

/** Texts under keys, sealed with a checksum. What changes them runs within a transaction. */
export type Cells = {
  /** Throws `LOG_CORRUPT` or `LOG_VERSION`, both naming the value as `what`. */
  read(key: Buffer, what: string): string | undefined;
  keys(range: KeyRange, what: string): readonly Uint8Array[];
  /** The bytes as they stand there. */
  bytes(key: Buffer, what: string): Buffer | undefined;
  seal(text: string): Buffer;
  put(key: Buffer, sealed: Buffer): void;
  remove(key: Buffer): void;
  /** What to throw where the values do not fit together. */
  damage(what: string, why: string): Error;
};
