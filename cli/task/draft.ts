import { z } from "zod";
import { Task } from "./schema.ts";
import type { TaskStep } from "./schema-steps.ts";

/** Data of which any member may be missing because it has the wrong shape. Whole data is a draft as well. */
export type Draft<Value> = Value extends readonly (infer Item)[]
  ? readonly (Draft<Item> | undefined)[]
  : Value extends object
    ? { readonly [Key in keyof Value]?: Draft<Value[Key]> | undefined }
    : Value;

export type TaskDraft = Draft<Task>;
export type StepDraft = Draft<TaskStep>;

/** What of a task has the right shape. Names stay whatever is wrong with what they name, and list items keep their place. */
export const draftOf = (value: unknown): TaskDraft => soundPart(Task, value) ?? {};

const soundPart = (schema: unknown, value: unknown): unknown => {
  if (schema instanceof z.ZodOptional) return soundPart(schema.unwrap(), value);
  // A text of the wrong form still is a name that others may use.
  if (schema instanceof z.ZodString) return typeof value === "string" ? value : undefined;
  if (schema instanceof z.ZodArray)
    return Array.isArray(value) ? value.map((item) => soundPart(schema.element, item)) : undefined;
  if (schema instanceof z.ZodRecord)
    return isMap(value)
      ? Object.fromEntries(
          Object.entries(value).map(([key, member]) => [key, soundPart(schema.valueType, member)]),
        )
      : undefined;
  if (schema instanceof z.ZodObject)
    return isMap(value)
      ? Object.fromEntries(
          Object.entries(schema.shape).flatMap(([key, member]) =>
            Object.hasOwn(value, key) ? [[key, soundPart(member, value[key])]] : [],
          ),
        )
      : undefined;
  if (schema instanceof z.ZodUnion) return soundOption(schema, value);
  return schema instanceof z.ZodType && schema.safeParse(value).success ? value : undefined;
};

/** The option that can make most of the value. */
const soundOption = (schema: z.ZodUnion, value: unknown): unknown => {
  if (schema.safeParse(value).success) return value;
  return schema.options
    .map((option) => soundPart(option, value))
    .toSorted((a, b) => membersIn(b) - membersIn(a))[0];
};

const membersIn = (value: unknown): number => {
  if (value === undefined) return -1;
  return typeof value === "object" && value !== null
    ? Object.values(value).filter((member) => member !== undefined).length
    : 0;
};

const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
