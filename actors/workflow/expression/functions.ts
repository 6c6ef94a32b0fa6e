import type { FunctionSpec } from "./arguments.ts";
import { listFunctions } from "./list-functions.ts";
import { numberFunctions } from "./number-functions.ts";
import { textFunctions } from "./text-functions.ts";

/** Every function of the language by name. A map, so that no name reaches a prototype. */
export const functions: ReadonlyMap<string, FunctionSpec> = new Map([
  ...listFunctions,
  ...numberFunctions,
  ...textFunctions,
]);
