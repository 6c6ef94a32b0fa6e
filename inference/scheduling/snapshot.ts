import type { Json } from "../../coordination/protocol/json.ts";

/**
 * The models that a scheduler takes to be in memory, and their sequences, from a snapshot of its state: what a process that takes
 * up the run again has to load.
 */
export const modelsInMemory = (snapshot: Json): readonly (readonly [string, number])[] => {
  const holdings = member(member(snapshot, "memory"), "holdings");
  if (typeof holdings !== "object" || holdings === null) return [];
  return Object.entries(holdings).flatMap(([name, holding]: [string, Json]): [string, number][] => {
    const sequences = member(holding, "sequences");
    return member(holding, "phase") === "resident" && typeof sequences === "number"
      ? [[name, sequences]]
      : [];
  });
};

const member = (value: Json, key: string): Json =>
  typeof value === "object" && value !== null && !Array.isArray(value) && Object.hasOwn(value, key)
    ? ((value as { readonly [key: string]: Json })[key] ?? null)
    : null;
