import type { z } from "zod";
import { draftOf } from "./draft.ts";
import type { TaskDraft } from "./draft.ts";
import { finding } from "./finding.ts";
import type { Finding, TaskPath } from "./finding.ts";
import { suggest } from "./nearest.ts";
import { Task } from "./schema.ts";
import { spelled } from "./spelling.ts";
import type { UnknownKey } from "./spelling.ts";
import { isUnsupportedKey, notYet } from "./unsupported.ts";

export type Shaped = {
  readonly findings: readonly Finding[];
  /** What of the task can be checked further. */
  readonly draft: TaskDraft;
  /** Present if only keys are wrong. */
  readonly task?: Task;
  /** Findings have the paths of the draft; this gives those of the text. */
  readonly asWritten: (path: TaskPath) => TaskPath;
};

/** Checks the shape. What has a wrong one is left out of the draft, so that the rest still gets all its checks. */
export const shapeFindings = (value: unknown): Shaped => {
  const { value: read, unknown, asWritten } = spelled(value);
  const keys = unknown.map(unknownKey);
  const parsed = Task.safeParse(read, { reportInput: true });
  if (parsed.success) return { findings: keys, draft: parsed.data, task: parsed.data, asWritten };
  const rest = parsed.error.issues.flatMap((issue) => findingsOf(issue, read));
  return { findings: [...keys, ...rest], draft: draftOf(read), asWritten };
};

type Issue = z.core.$ZodIssue;

const findingsOf = (issue: Issue, root: unknown): readonly Finding[] => {
  const path = plainPath(issue.path);
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((key) => unknownKey({ path, key, known: [] }));
    case "invalid_type":
      return [wrongType(path, issue.expected, valueAt(root, path))];
    case "invalid_value":
      return [wrongValue(path, issue.values.map(String), valueAt(root, path))];
    case "invalid_union":
      return unionFindings(issue, path, root);
    case "invalid_key":
      return [
        finding(
          path,
          `"${String(path.at(-1))}" cannot be a name`,
          path.at(-2) === "headers" ? HEADER_NAME : NAME,
          "key",
        ),
      ];
    case "too_small":
    case "too_big":
      return [finding(path, outOfRange(issue))];
    case "invalid_format":
      return [finding(path, badFormat(path, valueAt(root, path)))];
    default:
      return [finding(path, issue.message)];
  }
};

const unknownKey = ({ path, key, known, isOuter = false }: UnknownKey): Finding => {
  if (isUnsupportedKey(path, key)) return finding([...path, key], notYet(`\`${key}\``), undefined, "key");
  const hint = isOuter
    ? `it belongs beside "${clip(String(path.at(-1)))}", one level up`
    : suggest(key, known);
  return finding([...path, key], `unknown key "${clip(key)}"${placeName(path)}`, hint, "key");
};

const wrongType = (path: TaskPath, expected: string, value: unknown): Finding => {
  const name = subject(path);
  if (path.length === 0)
    return finding(path, "a task file is a map of keys and values", "start with `version: 1`");
  if (value === undefined) return finding(path, `${name} is missing${placeName(path.slice(0, -1))}`);
  if (Object.hasOwn(FORMS, keyOf(path))) return finding(path, badFormat(path, value));
  return finding(path, `${name} must be ${article(expected)}, not ${describe(value)}`);
};

const subject = (path: TaskPath): string => {
  const last = path.at(-1) ?? "";
  return typeof last === "number" ? `an item of "${path.at(-2)}"` : `"${clip(last)}"`;
};

const wrongValue = (path: TaskPath, allowed: readonly string[], value: unknown): Finding => {
  const name = String(path.at(-1));
  if (value === undefined && name === "version")
    return finding(path, `"version" is missing`, "write `version: 1`");
  if (value === undefined)
    return finding(
      path,
      `"${name}" is missing${placeName(path.slice(0, -1))}`,
      `known: ${allowed.join(", ")}`,
    );
  if (name === "version")
    return finding(
      path,
      `version ${typeof value === "string" ? `"${clip(value)}"` : describe(value)} is not known to this swarm`,
      "write `version: 1`",
    );
  const shown = typeof value === "string" ? `"${clip(value)}"` : describe(value);
  return finding(
    path,
    `"${name}" cannot be ${shown}`,
    typeof value === "string" ? suggest(value, allowed) : `known: ${allowed.join(", ")}`,
  );
};

const unionFindings = (
  issue: Extract<Issue, { code: "invalid_union" }>,
  path: TaskPath,
  root: unknown,
): readonly Finding[] => {
  const value = valueAt(root, path);
  if (issue.discriminator !== undefined || path[0] === "models") {
    const provider = valueAt(root, path.at(-1) === "provider" ? path : [...path, "provider"]);
    const at = path.at(-1) === "provider" ? path : [...path, "provider"];
    return [wrongValue(at, ["voter", "llama", "scripted", "openai-compatible"], provider)];
  }
  if (value === undefined)
    return [finding(path, `"${String(path.at(-1))}" is missing${placeName(path.slice(0, -1))}`)];
  // The branch that came furthest into the value knows best what is wrong with it.
  const deepest = issue.errors.flat().toSorted((a, b) => b.path.length - a.path.length)[0];
  const telling = deepest?.path.length === 0 ? issue.errors.flat().find(isOfRightType) : deepest;
  if (telling !== undefined) {
    return findingsOf({ ...telling, path: [...path, ...telling.path] }, root);
  }
  return [finding(path, badFormat(path, value))];
};

/** Whether only the amount or the keys of a value are wrong. */
const isOfRightType = ({ code }: Issue): boolean =>
  code === "too_small" || code === "too_big" || code === "unrecognized_keys";

const outOfRange = (issue: Extract<Issue, { code: "too_small" | "too_big" }>): string => {
  const name = subject(plainPath(issue.path));
  const [limit, least] = issue.code === "too_small" ? [issue.minimum, true] : [issue.maximum, false];
  const amount =
    issue.origin === "string"
      ? `${limit} ${limit === 1 ? "character" : "characters"}`
      : issue.origin === "array"
        ? `${limit} ${limit === 1 ? "item" : "items"}`
        : String(limit);
  const bound =
    issue.inclusive === false
      ? `${least ? "more than" : "less than"} ${amount}`
      : `at ${least ? "least" : "most"} ${amount}`;
  return issue.origin === "string" || issue.origin === "array"
    ? `${name} needs ${bound}`
    : `${name} must be ${bound}`;
};

const SPAN = "a span of time such as 90s, 10m or 24h";
const EXPRESSION = "an expression: ${{ … }}";
const NAME = "letters, digits, _ and -, at most 64, not starting with a digit";
const HEADER_NAME = "the name of an HTTP header: letters, digits, - and the like, without spaces";

/** Text of a form of its own, by the key that holds it. */
const FORMS: Readonly<Record<string, string>> = {
  where: EXPRESSION,
  by: EXPRESSION,
  wall: SPAN,
  deadline: SPAN,
  timeout: SPAN,
  attemptTimeout: SPAN,
  firstByteTimeout: SPAN,
  idleTimeout: SPAN,
  openFor: SPAN,
  vram: "a size such as 512MB or 8GB",
  baseUrl: "an address such as http://127.0.0.1:8000/v1, without a name, password or query",
};

const FORMATS: Readonly<Record<string, string>> = {
  ...FORMS,
  if: "true, false or an expression: ${{ … }}",
  tokens: "a number such as 500, 200k or 1M",
  turns: "a number such as 500, 200k or 1M",
  over: "a list, or an expression that gives one",
  order: "a list of expressions",
  model: "the name of a model, or a list of them",
  as: "a name: letters, digits and _, at most 64, not starting with a digit",
  truth: "an option, an expression, or a map with `command`, `passed` and `failed`",
};

/** Items of a list that have a form of their own, by the key that holds the list. */
const ITEMS: Readonly<Record<string, string>> = {
  over: "text, a number, true, false or null",
  order: "an expression, or a map with `by`",
};

const RECORDS: ReadonlySet<unknown> = new Set(["inputs", "models", "agents", "outputs"]);

/** The key of the format that leads to a value; none where a task chose the key as a name. */
const keyOf = (path: TaskPath): string => {
  const isName = (path.length === 2 && RECORDS.has(path[0])) || path.at(-2) === "headers";
  return isName ? "" : String(path.at(-1));
};

const badFormat = (path: TaskPath, value: unknown): string => {
  const key = keyOf(path);
  // What stands there may be the key itself.
  if (key === "apiKey")
    return '"apiKey" names an environment variable, as ${env:NAME}: a key in a file would be recorded';
  const item = typeof path.at(-1) === "number" ? String(path.at(-2)) : "";
  const wanted = Object.hasOwn(ITEMS, item)
    ? ITEMS[item]
    : Object.hasOwn(FORMATS, key)
      ? FORMATS[key]
      : `a name: ${NAME}`;
  return `${subject(path)} must be ${wanted}, not ${typeof value === "string" ? `"${clip(value)}"` : describe(value)}`;
};

const placeName = (path: TaskPath): string => {
  const [top, name] = path;
  if (path.length === 0) return "";
  if (path.length === 2 && (top === "agents" || top === "models" || top === "inputs"))
    return ` in ${top.slice(0, -1)} "${name}"`;
  if (typeof path.at(-1) !== "number") return ` in "${path.at(-1)}"`;
  const list = String(path.at(-2));
  return list === "workflow" || list === "do" || list === "parallel"
    ? " in this step"
    : ` in an item of "${list}"`;
};

const article = (expected: string): string => {
  switch (expected) {
    case "string":
      return "text";
    case "array":
      return "a list";
    case "record":
    case "object":
      return "a map of keys and values";
    case "int":
      return "a whole number";
    case "boolean":
      return "true or false";
    default:
      return `a ${expected}`;
  }
};

const describe = (value: unknown): string => {
  if (value === null) return "nothing";
  if (Array.isArray(value)) return "a list";
  switch (typeof value) {
    case "object":
      return "a map";
    case "string":
      return "text";
    default:
      return JSON.stringify(value) ?? "nothing";
  }
};

const clip = (text: string): string => (text.length > 64 ? `${text.slice(0, 63)}…` : text);

const plainPath = (path: readonly PropertyKey[]): TaskPath =>
  path.map((key) => (typeof key === "number" ? key : String(key)));

const valueAt = (root: unknown, path: TaskPath): unknown =>
  path.reduce<unknown>(
    (value, key) =>
      typeof value === "object" && value !== null && Object.hasOwn(value, key)
        ? Reflect.get(value, key)
        : undefined,
    root,
  );
