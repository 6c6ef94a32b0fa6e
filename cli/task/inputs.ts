import { createReadStream, readFileSync, statSync } from "node:fs";
import { resolve } from "node:path";
import type { InputValue } from "../../actors/workflow/plan.ts";
import { SwarmError } from "../../coordination/protocol/errors.ts";
import type { Json } from "../../coordination/protocol/json.ts";
import { isDeeperThan } from "./depth.ts";
import { MAX_INPUT_BYTES, MAX_YAML_DEPTH } from "./limits.ts";
import { suggest } from "./nearest.ts";
import type { Task, TaskInput } from "./schema.ts";
import { decodeText } from "./text.ts";

export type InputSources = {
  /** By name, as given on the command line. Paths resolve from `cwd`; `-` is standard input. */
  readonly given: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** Folder of the task file. */
  readonly folder: string;
  readonly stdin?: ReadStdin;
};

/** Reads standard input to its end, or until there is more of it than so many bytes: it may have no end. */
export type ReadStdin = (bytesAtMost: number) => Promise<Uint8Array>;

/** Reads the inputs of a task. Throws `BAD_INPUT` that names everything that is wrong with them. */
export const readInputs = async (
  task: Task,
  sources: InputSources,
): Promise<{ readonly inputs: Readonly<Record<string, InputValue>>; readonly empty: readonly string[] }> => {
  const specs = task.inputs ?? {};
  const complaints = Object.keys(sources.given)
    .filter((name) => !Object.hasOwn(specs, name))
    .map((name) => `task ${task.name} has no input "${name}"${hintOf(name, Object.keys(specs))}`);
  complaints.push(...Object.entries<unknown>(sources.given).flatMap(([name, value]) => notText(name, value)));
  const fromStdin = Object.keys(specs).filter((name) => own(sources.given, name) === "-");
  if (fromStdin.length > 1)
    complaints.push(`only one input can be standard input; ${fromStdin.join(" and ")} both are -`);
  const inputs: Record<string, InputValue> = {};
  if (complaints.length === 0) {
    for (const [name, spec] of Object.entries(specs)) {
      try {
        inputs[name] = await readInput(name, spec, sources);
      } catch (cause) {
        if (!(cause instanceof SwarmError)) throw cause;
        complaints.push(cause.message);
      }
    }
  }
  if (complaints.length > 0) throw new SwarmError("BAD_INPUT", complaints.join("\n"));
  const empty = Object.entries(inputs).flatMap(([name, input]) =>
    input.type === "file" && input.text.trim() === "" ? [name] : [],
  );
  return { inputs, empty };
};

const readInput = async (name: string, spec: TaskInput, sources: InputSources): Promise<InputValue> => {
  const given = own(sources.given, name);
  if (given === undefined) return defaultOf(name, spec, sources);
  const text = given === "-" ? await fromStdin(name, sources) : given;
  switch (spec.type) {
    case "file":
      return given === "-"
        ? { type: "file", path: "-", text }
        : { type: "file", path: given, text: await readText(name, resolve(sources.cwd, given), given) };
    case "text":
      return { type: "text", text };
    case "number": {
      const value = Number(text);
      if (text.trim() === "" || !Number.isFinite(value))
        throw bad(`input "${name}" is a number, and ${quoted(text)} is none`);
      return { type: "value", value };
    }
    case "boolean":
      // Programs end what they say with a line break.
      if (text.trim() !== "true" && text.trim() !== "false")
        throw bad(`input "${name}" is true or false, not ${quoted(text)}`);
      return { type: "value", value: text.trim() === "true" };
    case "json":
      return { type: "value", value: parseJson(name, text) };
  }
};

/** The types say text, but JavaScript can hand over anything. */
const notText = (name: string, value: unknown): readonly string[] => {
  const wanted = `input "${name}" is given as text, as on the command line`;
  switch (typeof value) {
    case "string":
    case "undefined":
      return [];
    case "number":
    case "boolean":
      return [`${wanted}: write "${value}" instead of ${value}`];
    case "object":
      return [`${wanted}: write what JSON.stringify gives of the object`];
    default:
      return [`${wanted}, and not as a ${typeof value}`];
  }
};

const defaultOf = async (name: string, spec: TaskInput, { folder }: InputSources): Promise<InputValue> => {
  const value = spec.path ?? spec.default;
  if (value === undefined) {
    if (spec.required === true)
      throw bad(
        `input "${name}" is missing; give it with --input ${name}=${spec.type === "file" ? "FILE" : "VALUE"}`,
      );
    return { type: "value", value: null };
  }
  if (typeof value !== "string" || spec.type === "json") return { type: "value", value };
  return spec.type === "file"
    ? { type: "file", path: value, text: await readText(name, resolve(folder, value), value) }
    : { type: "text", text: value };
};

const fromStdin = async (name: string, { stdin }: InputSources): Promise<string> => {
  if (stdin === undefined) throw bad(`input "${name}" asks for standard input, and there is none here`);
  return readable(name, "standard input", await stdin(MAX_INPUT_BYTES));
};

const readText = async (name: string, path: string, shown: string): Promise<string> => {
  if (shown === "") throw bad(`input "${name}": the path is empty; name a file`);
  try {
    const facts = statSync(path);
    if (facts.isDirectory()) throw bad(`input "${name}": ${shown} is a folder; name a file`);
    if (facts.size > MAX_INPUT_BYTES) throw tooLarge(name, shown);
    return readable(name, shown, facts.isFile() ? readFileSync(path) : await readStream(name, path, shown));
  } catch (cause) {
    if (cause instanceof SwarmError) throw cause;
    throw new SwarmError("BAD_INPUT", `input "${name}": cannot read ${shown}: ${reasonOf(cause)}`, { cause });
  }
};

/** Pipes and devices have no size before they are read. */
const readStream = async (name: string, path: string, shown: string): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of createReadStream(path)) {
    if (!Buffer.isBuffer(chunk)) continue;
    bytes += chunk.length;
    if (bytes > MAX_INPUT_BYTES) throw tooLarge(name, shown);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
};

const readable = (name: string, shown: string, bytes: Uint8Array): string => {
  if (bytes.length > MAX_INPUT_BYTES) throw tooLarge(name, shown);
  const decoded = decodeText(bytes);
  if (decoded.type === "binary")
    throw bad(`input "${name}": ${shown} is no text (${decoded.reason}); give a text file in UTF-8`);
  return decoded.text;
};

const parseJson = (name: string, text: string): Json => {
  const value = jsonOf(name, text);
  if (isDeeperThan(value, MAX_YAML_DEPTH))
    throw bad(`input "${name}" is nested more than ${MAX_YAML_DEPTH} deep`);
  return value;
};

const jsonOf = (name: string, text: string): Json => {
  try {
    // What JSON.parse gives is JSON.
    return JSON.parse(text) as Json;
  } catch (cause) {
    throw new SwarmError(
      "BAD_INPUT",
      `input "${name}" is no JSON: ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    );
  }
};

/** Why a file cannot be read, in words. */
export const reasonOf = (cause: unknown): string => {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  switch (code) {
    case "ENOENT":
      return "there is no such file";
    case "ENOTDIR":
      return "part of the path is no folder";
    case "EISDIR":
      return "it is a folder";
    case "EACCES":
    case "EPERM":
      return "it may not be read";
    case "ENAMETOOLONG":
      return "the name is too long";
    default:
      return code === "" || code.startsWith("ERR_") ? "the path is not valid" : code;
  }
};

const tooLarge = (name: string, shown: string): SwarmError =>
  bad(`input "${name}": ${shown} is larger than ${MAX_INPUT_BYTES / 1024 ** 2} MiB; cut it first`);

const bad = (message: string): SwarmError => new SwarmError("BAD_INPUT", message);

/** Standard input may say more than a message can hold. */
const quoted = (text: string): string => JSON.stringify(text.length > 64 ? `${text.slice(0, 63)}…` : text);

const own = (record: Readonly<Record<string, string>>, name: string): string | undefined =>
  Object.hasOwn(record, name) ? record[name] : undefined;

const hintOf = (name: string, known: readonly string[]): string => {
  const hint = suggest(name, known);
  return hint === undefined ? "" : `; ${hint}`;
};
