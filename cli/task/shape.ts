import { fits } from "./fits.ts";
import type { Task } from "./schema.ts";
import type { Shaped } from "./schema-findings.ts";
import schema from "./task.schema.json" with { type: "json" };

/**
 * Checks the shape of a task. One that fits needs no words, and so does not wait for zod, which takes as long to load as
 * all the rest that happens before a run has begun.
 */
export const shape = async (value: unknown): Promise<Shaped> =>
  isTask(value)
    ? { findings: [], draft: value, task: value, asWritten: (path) => path }
    : (await import("./schema-findings.ts")).shapeFindings(value);

/** `task.schema.json` is made from the schema in zod; a test holds that it accepts nothing more. */
const isTask = (value: unknown): value is Task => fits(schema, value);
