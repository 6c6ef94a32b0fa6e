import type { KeyRange } from "./store-keys.ts";

/** Texts under keys, sealed with a checksum. What changes them runs within a transaction. */
export type Cells = {
  /** Throws `LOG_CORRUPT` or `LOG_VERSION`, both naming the value as `what`. */
  read(key: string, what: string): string | undefined;
  keys(range: KeyRange, what: string): readonly string[];
  /** The bytes as they stand there. */
  bytes(key: string, what: string): Buffer | undefined;
  seal(text: string): Buffer;
  put(key: string, sealed: Buffer): void;
  remove(key: string): void;
  /** What to throw where the values do not fit together. */
  damage(what: string, why: string): Error;
};
