import { closeSync, fstatSync, openSync, writeSync } from "node:fs";

/**
 * What a commit adds to the file besides its values, roughly: most of the pages that it copies are free ones. It may be
 * wrong, as the file is looked at again when the reserve should be used up.
 */
const copiedBytes = 4_096;
const reserveAtLeastBytes = 128 * 1024;
export const reserveAtMostBytes = 1024 * 1024;

export type ReserveDeps = {
  /** The data file of the environment. */
  readonly path: string;
  /** How much of the file the durable pages take up. */
  readonly usedBytes: () => number;
};

/**
 * Keeps zeros ready in the file beyond the last page. A flush that lengthens the file waits for the journal of the file
 * system too, which makes each commit half as slow again; so it is lengthened now and then, by a lot.
 *
 * Call it first thing in a write transaction, with what is about to be written: nobody else writes then, and LMDB has not
 * begun to. The commit flushes the zeros with its pages, and what is in the file beyond its pages means nothing to LMDB.
 */
export const reserveIn = ({ path, usedBytes }: ReserveDeps) => {
  let leftBytes = 0;
  return (bytes: number): void => {
    const needBytes = bytes + copiedBytes;
    leftBytes -= needBytes;
    if (leftBytes >= 0) return;
    const used = usedBytes();
    const file = openSync(path, "r+");
    try {
      const { size } = fstatSync(file);
      leftBytes = size - used - needBytes;
      if (leftBytes >= 0) return;
      const more = Math.min(Math.max(used, reserveAtLeastBytes), reserveAtMostBytes) + needBytes;
      writeSync(file, Buffer.alloc(more), 0, more, size);
      leftBytes += more;
    } finally {
      closeSync(file);
    }
  };
};
