import type { Row } from "../protocol/row.ts";
import type { Position } from "./log.ts";

/** Above this, who follows has fallen behind, and reads from the disk what it missed. */
const rowsAtMost = 4_096;

/** Rows that became durable and that who follows has not taken yet, as they were appended: reading them back costs ten times as much. */
export const openInbox = () => {
  let first: Position = 0;
  let rows: Row[] = [];
  return {
    /** Rows of a commit. Those that waited go where they no longer fit, or do not lead up to these. */
    put: (from: Position, added: readonly Row[]): void => {
      const fits = from === first + rows.length && rows.length + added.length <= rowsAtMost;
      if (!fits) {
        first = from;
        rows = [];
      }
      for (const row of added) rows.push(row);
    },
    /** All that waits, and the position of the first; `undefined` if nothing does. */
    take: (): { readonly first: Position; readonly rows: readonly Row[] } | undefined => {
      if (rows.length === 0) return undefined;
      const taken = { first, rows };
      first += rows.length;
      rows = [];
      return taken;
    },
  };
};

export type Inbox = ReturnType<typeof openInbox>;
