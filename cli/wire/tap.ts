import type { Hosted } from "../../actors/runtime/roster.ts";
import type { EventLog } from "../../coordination/log/log.ts";
import type { Reading } from "../../coordination/protocol/diagnostics.ts";
import { agentName } from "../../coordination/protocol/ids.ts";
import type { Row } from "../../coordination/protocol/row.ts";

/** A log that shows each row to `see` as it is appended, before it is on disk and without reading it back. */
export const tappedLog = (log: EventLog, see: (row: Row) => void): EventLog => ({
  ...log,
  append: (row) => {
    const position = log.append(row);
    see(row);
    return position;
  },
});

/** How the living actors of a run stand. */
export const actorReadings = (actors: Iterable<Hosted>): readonly Reading[] =>
  Array.from(actors, ({ id, cell, mailbox }) => {
    const agent = agentName(id);
    return {
      type: "actor",
      name: agent ?? id,
      isAgent: agent !== undefined,
      state: cell.situation(),
      mailbox: mailbox.depth,
    };
  });
