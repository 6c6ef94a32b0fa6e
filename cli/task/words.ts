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
export const duration = z.string().regex(durationPattern).describe("A span of time such as 90s, 10m or 24h.");
