import { z } from "zod";
import type { Members, Payload } from "../../coordination/raft/types.ts";
import { Refusal } from "./refusal.ts";

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

/** Why some data cannot stand in a log as it is, or nothing if it can. */
export const unfitness = (data: unknown, depth = 0): string | undefined => {
  if (depth > depthMax) return `must not be nested deeper than ${depthMax}`;
  if (typeof data === "number" && !Number.isFinite(data)) return "must not hold a number beyond all bounds";
  if (typeof data !== "object" || data === null) return undefined;
  for (const part of Object.values(data)) {
    const found = unfitness(part, depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
};

/** Whether it looks as a log shows a change of members. */
export const isMembersData = (data: unknown): boolean =>
  typeof data === "object" && data !== null && Object.keys(data).join() === "members";

/** The other way round, for a log that a node is given at its start. */
export const payloadOf = (data: unknown, id: string): Payload => {
  if (data === null) return { type: "noop", leader: 0 };
  if (isMembersData(data)) return { type: "members", members: membersIn(data) };
  return { type: "command", id, data: textOf(data) };
};

const membersIn = (data: unknown): Members => {
  const { success, data: shown } = Shown.safeParse(data);
  if (!success)
    throw new Refusal("stored members are lists of nodes: voters, and maybe outgoing and learners");
  const { voters, outgoing, learners } = shown.members;
  const isTwice = (list: readonly number[]): boolean => new Set(list).size < list.length;
  if (voters.length === 0 || isTwice([...voters, ...learners]) || isTwice(outgoing))
    throw new Refusal("stored members must have a voter, and no node twice");
  return { voters: voters.sort(rising), outgoing: outgoing.sort(rising), learners: learners.sort(rising) };
};

const rising = (a: number, b: number): number => a - b;

const ids = z.array(z.int().positive());
const Shown = z.object({
  members: z.object({ voters: ids, outgoing: ids.default([]), learners: ids.default([]) }),
});

const marker = "\u0000";

/** Many readers of JSON give up where data is nested much deeper, so a reply must not be. */
const depthMax = 100;
