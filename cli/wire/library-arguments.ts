import { SwarmError } from "../../coordination/protocol/errors.ts";
import { suggest } from "../task/nearest.ts";

/** What may be wrong with a value from plain JavaScript, which no compiler has seen. */
type Kind = {
  readonly words: string;
  readonly isFine: (value: unknown) => boolean;
};

export const aString: Kind = { words: "a string", isFine: (value) => typeof value === "string" };
export const aBoolean: Kind = { words: "a boolean", isFine: (value) => typeof value === "boolean" };
const aFunction: Kind = { words: "a function", isFine: (value) => typeof value === "function" };
export const anObject: Kind = {
  words: "an object",
  isFine: (value) => typeof value === "object" && value !== null,
};
export const aHome: Kind = {
  words: "a string, or false",
  isFine: (value) => typeof value === "string" || value === false,
};
/** By what it can do: one of another realm is as good. */
export const aSignal: Kind = {
  words: "an AbortSignal",
  isFine: (value) => hasMethod(value, "addEventListener") && hasMethod(value, "removeEventListener"),
};
export const aMeter: Kind = {
  words: "what openMetrics gives",
  isFine: (value) => hasMethod(value, "follow") && hasMethod(value, "save"),
};

const hasMethod = (value: unknown, name: string): boolean =>
  typeof value === "object" && value !== null && typeof Reflect.get(value, name) === "function";

/** Throws `BAD_USAGE` for a value that is not of its kind. */
export const requireKind = (name: string, value: unknown, { words, isFine }: Kind): void => {
  if (!isFine(value)) throw new SwarmError("BAD_USAGE", `\`${name}\` is ${nameOf(value)}; give ${words}`);
};

/** As `requireKind`, for each option that is there. One that nobody would read was meant to do something: it is refused. */
export const requireOptions = (of: string, options: unknown, kinds: Readonly<Record<string, Kind>>): void => {
  if (typeof options !== "object" || options === null)
    throw new SwarmError(
      "BAD_USAGE",
      `the options of ${of} are ${nameOf(options)}; give an object, or nothing`,
    );
  requireKnown(of, options, Object.keys(kinds));
  for (const [name, kind] of Object.entries(kinds)) {
    const value: unknown = Reflect.get(options, name);
    if (value !== undefined) requireKind(name, value, kind);
  }
};

const requireKnown = (of: string, options: object, known: readonly string[]): void => {
  const unknown = Object.keys(options).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const hint = suggest(unknown, known) ?? "leave it out";
  throw new SwarmError("BAD_USAGE", `${of} has no option \`${unknown}\`; ${hint}`);
};

/** Throws `BAD_USAGE` for what nothing can be served on. An empty address would be every address of the machine. */
export const requireMetricsOptions = (options: unknown): void => {
  if (typeof options !== "object" || options === null)
    throw new SwarmError("BAD_USAGE", `the options of openMetrics are ${nameOf(options)}; give an object`);
  requireKnown("openMetrics", options, ["port", "host", "lingers", "warn"]);
  const port: unknown = Reflect.get(options, "port");
  if (typeof port !== "number" || !Number.isInteger(port) || port < 0 || port > 65_535)
    throw new SwarmError(
      "BAD_USAGE",
      `\`port\` is ${typeof port === "number" ? port : nameOf(port)}; give a port from 0 to 65535`,
    );
  const lingers: unknown = Reflect.get(options, "lingers");
  if (lingers !== undefined) requireKind("lingers", lingers, aBoolean);
  const warn: unknown = Reflect.get(options, "warn");
  if (warn !== undefined) requireKind("warn", warn, aFunction);
  const host: unknown = Reflect.get(options, "host");
  if (host === undefined) return;
  if (host === "") throw new SwarmError("BAD_USAGE", "`host` is empty; give an address of this machine");
  requireKind("host", host, aString);
};

const nameOf = (value: unknown): string => {
  if (value === null || value === undefined) return String(value);
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
};
