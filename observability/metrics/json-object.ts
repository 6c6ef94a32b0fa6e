import type { Json } from "../../coordination/protocol/json.ts";

/** The members of a JSON object; none, if it is something else. */
export const membersOf = (value: Json | undefined): readonly (readonly [string, Json])[] =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? Object.entries(value) : [];

/** A member of a JSON object. */
export const memberOf = (value: Json | undefined, name: string): Json | undefined =>
  membersOf(value).find(([key]) => key === name)?.[1];
