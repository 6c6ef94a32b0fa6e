import type { Json } from "../../coordination/protocol/json.ts";
import { textOf } from "./expression/values.ts";
import type { Scope } from "./expression/evaluate.ts";
import { addressOf, type Outline } from "./outline.ts";
import type { InputValue, RunPlan, Template } from "./plan.ts";
import { allResults, type Frame } from "./state.ts";
import { parseTemplate, renderTemplate } from "./template.ts";

/** Renders the templates of one plan; each is parsed once. */
export type Renderer = {
  value(template: Template, scope: Scope): Json;
  text(template: Template, scope: Scope): string;
};

export const renderer = (): Renderer => {
  const parsed = new Map<string, ReturnType<typeof parseTemplate>>();
  const value = (template: Template, scope: Scope): Json => {
    let ready = parsed.get(template);
    if (ready === undefined) parsed.set(template, (ready = parseTemplate(template)));
    return renderTemplate(ready, scope);
  };
  return { value, text: (template, scope) => textOf(value(template, scope)) };
};

/** What expressions see of the inputs. Lines are split once. */
export const inputScope = (inputs: RunPlan["inputs"]): Readonly<Record<string, Json>> =>
  Object.fromEntries(Object.entries(inputs).map(([name, input]) => [name, inputJson(input)]));

const inputJson = (input: InputValue): Json => {
  switch (input.type) {
    case "text":
      return input.text;
    case "value":
      return input.value;
    case "file":
      return { path: input.path, text: input.text, lines: linesOf(input.text) };
  }
};

/** The lines of a text, numbered from 1, without their ends; a last empty line is none. */
const linesOf = (text: string): readonly Json[] => {
  const lines = text.split(/\r\n|\n|\r/);
  if (lines.at(-1) === "") lines.pop();
  return lines.map((line, index) => ({ number: index + 1, text: line }));
};

export type ScopeDeps = {
  readonly base: Readonly<Record<string, Json>>;
  readonly outline: Outline;
  readonly render: Renderer;
};

/**
 * The names that the step at `path` may use: those of the run, the results of the steps before it at every level around
 * it, and the item of each map that it is in.
 */
export const scopeAt = (
  path: string,
  frames: Readonly<Record<string, Frame>>,
  { base, outline, render }: ScopeDeps,
): Readonly<Record<string, Json>> => {
  // Gathered on use: most steps of a long sequence look at few of those before them, or at none.
  let scope: Record<string, Json> = {
    ...base,
    get steps() {
      return resultsAt(frames, "");
    },
  };
  for (const prefix of itemPrefixes(path)) {
    const map = outline.get(addressOf(prefix))?.step;
    if (map?.type !== "map") continue;
    const list = render.value(map.over, scope);
    const index = itemIndex(prefix);
    const item = Array.isArray(list) ? list[index] : null;
    scope = {
      ...scope,
      [map.as]: item ?? null,
      index,
      steps: { ...stepsOf(scope), ...resultsAt(frames, prefix) },
    };
  }
  return scope;
};

const resultsAt = (frames: Readonly<Record<string, Frame>>, path: string): Readonly<Record<string, Json>> => {
  const frame = frames[path];
  return frame?.type === "sequence" ? allResults(frame.results) : {};
};

const stepsOf = (scope: Readonly<Record<string, Json>>): Readonly<Record<string, Json>> => {
  const steps = scope["steps"];
  return typeof steps === "object" && steps !== null && !Array.isArray(steps)
    ? (steps as Readonly<Record<string, Json>>)
    : {};
};

/** `a[1]/b[2]/c` has the items `a[1]` and `a[1]/b[2]`. */
const itemPrefixes = (path: string): readonly string[] => {
  const prefixes: string[] = [];
  for (const match of path.matchAll(/\]/g)) prefixes.push(path.slice(0, match.index + 1));
  return prefixes;
};

export const itemIndex = (path: string): number => Number(path.slice(path.lastIndexOf("[") + 1, -1));
