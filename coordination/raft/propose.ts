import type { Command } from "./io.ts";
import { charsOf, lastIndexOf } from "./log.ts";
import { replicateToAll } from "./replication.ts";
import { appendOwn, reject, type Turn } from "./turn.ts";
import type { Payload } from "./types.ts";

/** Appends all of the commands, or none and says why. */
export const propose = (turn: Turn, commands: readonly Command[]): void => {
  const { state, effects } = turn;
  const payloads = commands.map(({ id, data }): Payload => ({ type: "command", id, data }));
  let chars = 0;
  for (const payload of payloads) chars += charsOf({ payload });
  const refusal = refusalOf(turn, commands, chars);
  if (refusal !== undefined) {
    for (const { id } of commands) reject(turn, id, refusal);
    return;
  }
  if (commands.length === 0) return;
  const index = lastIndexOf(state.log) + 1;
  appendOwn(turn, payloads);
  state.uncommittedChars += chars;
  effects.push({ type: "accepted", ids: commands.map(({ id }) => id), index, term: state.term });
  replicateToAll(turn, "entries");
};

const refusalOf = ({ state }: Turn, commands: readonly Command[], chars: number) => {
  const { role, transfer, options, uncommittedChars } = state;
  if (role !== "leader") return "notLeader";
  if (transfer !== null) return "transferring";
  const { commandCharsMax } = options;
  if (commands.some(({ id, data }) => data.length > commandCharsMax || id.length > commandCharsMax))
    return "tooLarge";
  // Whatever its size, something must be able to pass an empty log.
  return uncommittedChars > 0 && uncommittedChars + chars > options.uncommittedCharsMax
    ? "uncommittedLogFull"
    : undefined;
};
