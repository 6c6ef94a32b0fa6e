import type { Entry } from "../protocol/decision-messages.ts";
import type { LogIndex } from "../raft/types.ts";

/** What a client has the group order: the data of a Raft command. */
export type Command =
  /**
   * Begins a session of a client and ends its earlier one, whose commands have no effect from here on. `opening` tells a
   * repetition from a new beginning. `recorded`: the client has kept all answers up to this place.
   */
  | {
      readonly type: "session.opened";
      readonly client: string;
      readonly opening: string;
      readonly recorded: LogIndex;
    }
  /**
   * One entry for the state machine. `seq` counts the commands of the session; those before `firstOpen` are done with and
   * will not be repeated.
   */
  | {
      readonly type: "entry.proposed";
      readonly client: string;
      readonly session: LogIndex;
      readonly seq: number;
      readonly firstOpen: number;
      readonly recorded: LogIndex;
      readonly id: string;
      readonly entry: Entry;
    }
  /** Time as the group counts it, in ticks of its leaders. */
  | { readonly type: "time.advanced"; readonly tick: number };

export const encodeCommand = (command: Command): string => JSON.stringify(command);

/** For commands that the group has committed, which `encodeCommand` made. */
export const decodeCommand = (data: string): Command => JSON.parse(data) as Command;

/** Encodes and decodes, and need not parse what it encoded itself, if that is among the last `atMost`. Each is decoded once. */
export const commandCodec = (atMost: number) => {
  const encoded = new Map<string, Command>();
  return {
    encode: (command: Command): string => {
      const data = encodeCommand(command);
      encoded.set(data, command);
      const { value: oldest } = encoded.keys().next();
      if (encoded.size > atMost && oldest !== undefined) encoded.delete(oldest);
      return data;
    },
    decode: (data: string): Command => {
      const known = encoded.get(data);
      if (known === undefined) return decodeCommand(data);
      encoded.delete(data);
      return known;
    },
  };
};
