import { z } from "zod";
import type { Payload } from "../../coordination/raft/types.ts";

/** Strangers may propose any JSON. A string travels as it is, anything else (and what looks like it) as JSON behind a mark. */
export const textOf = (data: unknown): string =>
  typeof data === "string" && !data.startsWith(marker) ? data : `${marker}${JSON.stringify(data)}`;

export const dataOf = (text: string): unknown =>
  text.startsWith(marker) ? JSON.parse(text.slice(marker.length)) : text;

/** What a log entry shows: a command's data, `null` for the no-op of a new leader, an object for members. */
export const payloadData = (payload: Payload): unknown =>
  payload.type === "command"
    ? dataOf(payload.data)
    : payload.type === "members"
      ? { members: payload.members }
      : null;

/** The other way round, for a log that a node is given at its start. */
export const payloadOf = (data: unknown, id: string): Payload => {
  if (data === null) return { type: "noop", leader: 0 };
  const { success, data: decoded } = Shown.safeParse(data);
  if (success) return { type: "members", members: decoded.members };
  return { type: "command", id, data: textOf(data) };
};

const ids = z.array(z.int().positive());
const Shown = z.object({
  members: z.object({ voters: ids, outgoing: ids.default([]), learners: ids.default([]) }),
});

const marker = "\u0000";
