import { z } from "zod";
import { durationPattern } from "./units.ts";

const MAX_TEXT_CHARS = 1024 * 1024;

/** Names of inputs, models, agents, steps and outputs. */
export const namePattern = /^[A-Za-z_][A-Za-z0-9_-]{0,63}$/;

export const name = z
  .string()
  .regex(namePattern)
  .describe("Letters, digits, `_` and `-`, at most 64, not starting with a digit.");
export const text = z.string().max(MAX_TEXT_CHARS);
export const priority = z
  .int()
  .min(-100)
  .max(100)
  .describe(
    "A head start over calls of 0 in the queue of a model, in hundreds of tokens; 0 unless told otherwise. Calls that wait catch up with it, so none starves.",
  );
export const duration = z.string().regex(durationPattern).describe("A span of time such as 90s, 10m or 24h.");
