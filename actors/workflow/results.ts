import type { Json } from "../../coordination/protocol/json.ts";
import type { Results } from "./state.ts";

/** What the result of a step is to those who take only its output. */
export const outputOf = (result: Json): Json =>
  typeof result === "object" && result !== null && "output" in result ? (result.output ?? null) : null;

/** Results of the branches of a parallel step, by their ids. */
export const branchResults = (result: Json): Results =>
  typeof result === "object" && result !== null && "steps" in result ? (result.steps as Results) : {};

export const mapValues = (record: Results, value: (item: Json) => Json): Results =>
  Object.fromEntries(Object.entries(record).map(([key, item]) => [key, value(item)]));
