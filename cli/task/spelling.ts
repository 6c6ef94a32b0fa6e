import { z } from "zod";
import type { TaskPath } from "./finding.ts";
import { nearest } from "./nearest.ts";
import { Task } from "./schema.ts";
import { isUnsupportedKey } from "./unsupported.ts";

export type Spelled = {
  /** The task with known keys only: a mistyped key stands under the name that it most likely meant. */
  readonly value: unknown;
  readonly unknown: readonly UnknownKey[];
  /** The path in the text of a path in `value`. */
  readonly asWritten: (path: TaskPath) => TaskPath;
};

/** A key that does not belong where it is, and those that do. */
export type UnknownKey = {
  readonly path: TaskPath;
  readonly key: string;
  readonly known: readonly string[];
  /** Whether it belongs to the map around this one. */
  readonly isOuter?: boolean;
};

/**
 * Reads a task as it was most likely meant. Without this, one mistyped key would also be reported as a missing one, and
 * whatever stands below it would get no check at all.
 */
export const spelled = (value: unknown): Spelled => {
  const notes: Notes = { unknown: [], renamed: new Map() };
  const read = corrected(Task, value, [], notes);
  return {
    value: read,
    unknown: notes.unknown,
    asWritten: (path) =>
      notes.renamed.size === 0
        ? path
        : path.map((key, place) => notes.renamed.get(JSON.stringify(path.slice(0, place + 1))) ?? key),
  };
};

/** Filled during the walk. */
type Notes = {
  readonly unknown: UnknownKey[];
  /** The key in the text, by the path in the corrected task as JSON. */
  readonly renamed: Map<string, string>;
};

/** `outer`: the keys of the map in which the value stands by itself. */
const corrected = (
  schema: unknown,
  value: unknown,
  path: TaskPath,
  notes: Notes,
  outer: readonly string[] = [],
): unknown => {
  if (schema instanceof z.ZodOptional) return corrected(schema.unwrap(), value, path, notes, outer);
  if (Array.isArray(value)) {
    const list = arrayOf(schema);
    return list === undefined
      ? value
      : value.map((item, place) => corrected(list.element, item, [...path, place], notes));
  }
  if (!isMap(value)) return value;
  if (schema instanceof z.ZodRecord)
    return Object.fromEntries(
      Object.entries(value).map(([key, member]) => [
        key,
        corrected(schema.valueType, member, [...path, key], notes),
      ]),
    );
  if (schema instanceof z.ZodObject) return correctedMap(schema, value, path, notes, outer);
  if (schema instanceof z.ZodDiscriminatedUnion) return correctedModel(schema, value, path, notes);
  if (!(schema instanceof z.ZodUnion) || schema.safeParse(value).success) return value;
  const option = schema.options.find((one) => one instanceof z.ZodObject);
  return option === undefined ? value : corrected(option, value, path, notes, outer);
};

const correctedMap = (
  schema: z.ZodObject,
  value: TaskMap,
  path: TaskPath,
  notes: Notes,
  outer: readonly string[],
): unknown => {
  const known = Object.keys(schema.shape);
  const members: Record<string, unknown> = {};
  for (const [key, member] of Object.entries(value)) {
    if (Object.hasOwn(schema.shape, key)) {
      members[key] = corrected(schema.shape[key], member, [...path, key], notes, known);
      continue;
    }
    const isOuter = outer.includes(key);
    notes.unknown.push({ path, key, known, isOuter });
    if (isOuter) continue;
    const meant = isUnsupportedKey(path, key) ? undefined : nearest(key, known);
    if (meant === undefined || Object.hasOwn(value, meant) || Object.hasOwn(members, meant)) continue;
    notes.renamed.set(JSON.stringify([...path, meant]), key);
    members[meant] = corrected(schema.shape[meant], member, [...path, meant], notes);
  }
  return members;
};

/** Which keys a model has depends on its provider, so nothing is known of one whose provider is not. */
const correctedModel = (
  schema: z.ZodDiscriminatedUnion,
  value: TaskMap,
  path: TaskPath,
  notes: Notes,
): unknown => {
  const word = schema.def.discriminator;
  const key = Object.hasOwn(value, word) ? word : Object.keys(value).find((one) => nearest(one, [word]));
  const option = schema.options.find(
    (one) => one instanceof z.ZodObject && key !== undefined && accepts(one.shape[word], value[key]),
  );
  return option === undefined ? value : corrected(option, value, path, notes);
};

const accepts = (schema: unknown, value: unknown): boolean =>
  schema instanceof z.ZodType && schema.safeParse(value).success;

const arrayOf = (schema: unknown): z.ZodArray | undefined => {
  if (schema instanceof z.ZodArray) return schema;
  return schema instanceof z.ZodUnion
    ? schema.options.find((option) => option instanceof z.ZodArray)
    : undefined;
};

type TaskMap = Readonly<Record<string, unknown>>;

const isMap = (value: unknown): value is TaskMap =>
  typeof value === "object" && value !== null && !Array.isArray(value);
