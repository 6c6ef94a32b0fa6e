import type { Command } from "./io.ts";
import { charsOf, lastIndexOf } from "./log.ts";
import { replicateToAll } from "./replication.ts";
import { appendOwn, reject, type Turn } from "./turn.ts";
import type { Entry } from "./types.ts";

/** Appends all of the commands, or none and says why. */
export const propose = (turn: Turn, commands: readonly Command[]): void => {
  const { state, effects } = turn;
  const refusal = refusalOf(turn, commands);
  if (refusal !== undefined) {
    for (const { id } of commands) reject(turn, id, refusal);
    return;
  }
  if (commands.length === 0) return;
  const index = lastIndexOf(state.log) + 1;
  const entries = appendOwn(
    turn,
    commands.map(({ id, data }) => ({ type: "command", id, data })),
  );
  state.uncommittedChars += totalChars(entries);
  effects.push({ type: "accepted", ids: commands.map(({ id }) => id), index, term: state.term });
  replicateToAll(turn, "entries");
};

const refusalOf = ({ state }: Turn, commands: readonly Command[]) => {
  const { role, transfer, options, uncommittedChars } = state;
  if (role !== "leader") return "notLeader";
  if (transfer !== null) return "transferring";
  if (commands.some(({ data }) => data.length > options.commandCharsMax)) return "tooLarge";
  const chars = commands.reduce((sum, { id, data }) => sum + id.length + data.length, 0);
  // Whatever its size, something must be able to pass an empty log.
  return uncommittedChars > 0 && uncommittedChars + chars > options.uncommittedCharsMax
    ? "uncommittedLogFull"
    : undefined;
};

const totalChars = (entries: readonly Entry[]): number =>
  entries.reduce((sum, entry) => sum + charsOf(entry), 0);
