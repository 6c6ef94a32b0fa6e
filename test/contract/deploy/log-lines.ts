import { parse } from "yaml";
import { z } from "zod";

/** What a collector makes of a line of a file before it hands it on, with operators that work as theirs do. */
export type Entry = { readonly body: unknown; readonly attributes: Readonly<Record<string, unknown>> };

const OnError = z.enum(["send", "send_quiet", "drop", "drop_quiet"]).default("send");
const condition = z
  .string()
  .regex(/^attributes\.\w+ (?:!= nil|== "[\w.]+")$/)
  .optional();
const field = z.string().regex(/^(?:body|attributes(?:\.\w+)+)$/);
const shared = { if: condition, on_error: OnError };

const Operator = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("json_parser"), ...shared }),
  z.strictObject({
    type: z.literal("time_parser"),
    parse_from: field,
    layout_type: z.string(),
    layout: z.string(),
    ...shared,
  }),
  z.strictObject({ type: z.literal("move"), from: field, to: field, ...shared }),
  z.strictObject({ type: z.literal("retain"), fields: z.array(field).min(1), ...shared }),
]);
type Operator = z.infer<typeof Operator>;

const Config = z.object({ receivers: z.object({ filelog: z.object({ operators: z.array(Operator) }) }) });

export type Reading = {
  /** What goes on, in the order of the lines. */
  readonly sent: readonly Entry[];
  /** Lines that the collector writes into its own log, because an operator failed on them aloud. */
  readonly complaints: readonly string[];
};

/** Reads lines as `filelog` of this configuration does. An operator or a setting that is not known here is an error. */
export const readLines = (config: string, lines: readonly string[]): Reading => {
  const { operators } = Config.parse(parse(config)).receivers.filelog;
  const complaints: string[] = [];
  const sent = lines.flatMap((line): readonly Entry[] => {
    let entry: Entry = { body: line, attributes: { "log.file.name": "swarm.jsonl" } };
    for (const operator of operators) {
      if (operator.if !== undefined && !holds(operator.if, entry)) continue;
      const next = operate(operator, entry);
      if (next === undefined && !operator.on_error.endsWith("quiet")) complaints.push(JSON.stringify(entry));
      if (next === undefined && operator.on_error.startsWith("drop")) return [];
      entry = next ?? entry;
    }
    return [entry];
  });
  return { sent, complaints };
};

/** The entry afterwards; `undefined`: the operator fails. */
const operate = (operator: Operator, entry: Entry): Entry | undefined => {
  switch (operator.type) {
    case "json_parser": {
      const parsed = objectIn(entry.body);
      return parsed && { ...entry, attributes: { ...entry.attributes, ...parsed } };
    }
    case "time_parser":
      return typeof valueAt(entry, operator.parse_from) === "number" ? entry : undefined;
    case "move": {
      const value = valueAt(entry, operator.from);
      return value === undefined ? undefined : withValue(without(entry, operator.from), operator.to, value);
    }
    case "retain": {
      // A group of which no field is named is kept whole.
      const isNamed = (group: string) => operator.fields.some((each) => each.split(".")[0] === group);
      const kept: Entry = {
        body: isNamed("body") ? undefined : entry.body,
        attributes: isNamed("attributes") ? {} : entry.attributes,
      };
      return operator.fields.reduce((before, each) => {
        const value = valueAt(entry, each);
        return value === undefined ? before : withValue(before, each, value);
      }, kept);
    }
  }
};

const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const objectIn = (text: unknown): Readonly<Record<string, unknown>> | undefined => {
  try {
    const parsed: unknown = JSON.parse(String(text));
    return isMap(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
};

const holds = (expression: string, entry: Entry): boolean => {
  const [path = "", sign, value = ""] = expression.split(" ");
  const found = valueAt(entry, path);
  return sign === "!=" ? found !== undefined && found !== null : found === JSON.parse(value);
};

const valueAt = (entry: Entry, path: string): unknown =>
  path
    .split(".")
    .reduce<unknown>(
      (value, key) => (isMap(value) && Object.hasOwn(value, key) ? value[key] : undefined),
      entry,
    );

const withValue = (entry: Entry, path: string, value: unknown): Entry => {
  const put = (into: unknown, [key = "", ...rest]: readonly string[]): unknown => {
    const map = isMap(into) ? into : {};
    return { ...map, [key]: rest.length === 0 ? value : put(map[key], rest) };
  };
  return put(entry, path.split(".")) as Entry;
};

const without = (entry: Entry, path: string): Entry => {
  const take = (from: unknown, [key = "", ...rest]: readonly string[]): unknown => {
    if (!isMap(from)) return from;
    if (rest.length > 0) return { ...from, [key]: take(from[key], rest) };
    return Object.fromEntries(Object.entries(from).filter(([name]) => name !== key));
  };
  return take(entry, path.split(".")) as Entry;
};
