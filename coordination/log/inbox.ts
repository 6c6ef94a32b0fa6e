import type { Row } from "../protocol/row.ts";
import type { Position } from "./log.ts";

/** Above either, who follows has fallen behind, and reads from the disk what it missed. */
const rowsAtMost = 4_096;
const charsAtMost = 8 * 1024 * 1024;

/** Rows that became durable and that who follows has not taken yet, as they were appended, so that nobody reads them back. */
export const openInbox = () => {
  let first: Position = 0;
  let rows: Row[] = [];
  let chars = 0;

  const emptyAt = (position: Position): void => {
    first = position;
    rows = [];
    chars = 0;
  };

  return {
    /** Rows of a commit, about so many characters. Those that waited go where they do not lead up to these, or are too many with them. */
    put: (from: Position, added: readonly Row[], addedChars: number): void => {
      const isMore = rows.length + added.length > rowsAtMost || chars + addedChars > charsAtMost;
      if (isMore || from !== first + rows.length) emptyAt(from);
      if (added.length > rowsAtMost || addedChars > charsAtMost) return;
      for (const row of added) rows.push(row);
      chars += addedChars;
    },
    /** All that waits, and the position of the first; `undefined` if nothing does. */
    take: (): { readonly first: Position; readonly rows: readonly Row[] } | undefined => {
      if (rows.length === 0) return undefined;
      const taken = { first, rows };
      emptyAt(first + rows.length);
      return taken;
    },
  };
};

export type Inbox = ReturnType<typeof openInbox>;
