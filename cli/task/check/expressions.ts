import { callsOf, pathsOf } from "../../../actors/workflow/expression/uses.ts";
import type { PathUse } from "../../../actors/workflow/expression/uses.ts";
import type { Expression } from "../../../actors/workflow/expression/expression.ts";
import { functions } from "../../../actors/workflow/expression/functions.ts";
import { parseMarkdown } from "../../../actors/workflow/markdown.ts";
import type { Block } from "../../../actors/workflow/template/blocks.ts";
import type { OnFlaw } from "../../../actors/workflow/template/error.ts";
import type { Placed } from "../../../actors/workflow/template/scan.ts";
import { TemplateError, expressionsOf, parseTemplate } from "../../../actors/workflow/template.ts";
import { finding } from "../finding.ts";
import type { Finding, TaskPath } from "../finding.ts";
import { nearest, suggest } from "../nearest.ts";
import { listFlaw } from "./lists.ts";
import type { Complaint } from "./lists.ts";
import { loopKeys, resultKeys, withVariables } from "./names.ts";
import type { Names } from "./names.ts";

/** Checks a string that may hold expressions. */
export const checkTemplate = (text: string, path: TaskPath, names: Names): readonly Finding[] => {
  const { flaws, onFlaw } = flawsAt(path);
  const parsed = parseTemplate(text, onFlaw);
  return [...flaws, ...expressionsOf(parsed).flatMap((placed) => checkPlaced(placed, path, names))];
};

/** Checks a string that must be one expression and nothing else. */
export const checkExpression = (text: string, path: TaskPath, names: Names): readonly Finding[] => {
  const { flaws, onFlaw } = flawsAt(path);
  const parsed = parseTemplate(text, onFlaw);
  if (parsed.type === "value") return [...flaws, ...checkPlaced(parsed, path, names)];
  return flaws.length > 0
    ? flaws
    : [finding(path, `"${nameOf(path)}" must be one expression`, "write ${{ … }} around all of it")];
};

/** Checks a string that must be one expression, which gives a list. */
export const checkListExpression = (text: string, path: TaskPath, names: Names): readonly Finding[] => {
  const flaws = checkExpression(text, path, names);
  if (flaws.length > 0) return flaws;
  const parsed = parseTemplate(text);
  return parsed.type === "value" ? checkIsList(parsed, path, names) : [];
};

/** Checks every string in a structure of templates. */
export const checkValue = (value: unknown, path: TaskPath, names: Names): readonly Finding[] => {
  if (typeof value === "string") return checkTemplate(value, path, names);
  if (typeof value !== "object" || value === null) return [];
  const members: readonly (readonly [string | number, unknown])[] = Array.isArray(value)
    ? [...value.entries()]
    : Object.entries(value);
  return members.flatMap(([key, member]) => checkValue(member, [...path, key], names));
};

export const checkMarkdown = (text: string, path: TaskPath, names: Names): readonly Finding[] => {
  const { flaws, onFlaw } = flawsAt(path);
  try {
    const { blocks } = parseMarkdown(text, onFlaw);
    return [...flaws, ...checkBlocks(blocks, path, names)];
  } catch (cause) {
    if (!(cause instanceof TemplateError)) throw cause;
    onFlaw(cause);
    // Without their structure, nobody knows which loop an expression is in.
    const inSomeLoop: Names = { ...names, hidden: new Set([...names.hidden, "variables"]) };
    const pieces = parseTemplate(text, () => {});
    return [...flaws, ...expressionsOf(pieces).flatMap((placed) => checkPlaced(placed, path, inSomeLoop))];
  }
};

/** Gathers the flaws of a text as findings. */
const flawsAt = (path: TaskPath): { readonly flaws: readonly Finding[]; readonly onFlaw: OnFlaw } => {
  const flaws: Finding[] = [];
  const onFlaw: OnFlaw = ({ message, offset, length }) => {
    flaws.push(finding(path, message, undefined, { offset, length }));
  };
  return { flaws, onFlaw };
};

const checkBlocks = (blocks: readonly Block[], path: TaskPath, names: Names): readonly Finding[] =>
  blocks.flatMap((block): readonly Finding[] => {
    switch (block.type) {
      case "piece":
        return block.piece.type === "value" ? checkPlaced(block.piece, path, names) : [];
      case "for": {
        const inner = withVariables(names, [
          [block.name, undefined],
          ["loop", loopKeys],
        ]);
        return [
          ...checkPlaced(block.over, path, names),
          ...checkIsList(block.over, path, names),
          ...checkBlocks(block.body, path, inner),
        ];
      }
      case "if":
        return [
          ...block.branches.flatMap(({ test, body }) => [
            ...checkPlaced(test, path, names),
            ...checkBlocks(body, path, names),
          ]),
          ...checkBlocks(block.otherwise, path, names),
        ];
    }
  });

const checkPlaced = ({ expression, offset }: Placed, path: TaskPath, names: Names): readonly Finding[] =>
  flawsOf(expression, names)
    .toSorted((a, b) => a.offset - b.offset)
    .map((flaw) =>
      finding(path, flaw.message, flaw.hint, { offset: offset + flaw.offset, length: flaw.length }),
    );

const checkIsList = ({ expression, offset }: Placed, path: TaskPath, names: Names): readonly Finding[] => {
  const flaw = listFlaw(expression, names);
  const at = { offset: offset + expression.offset, length: expression.length };
  return flaw === undefined ? [] : [finding(path, flaw.message, flaw.hint, at)];
};

type Flaw = {
  readonly offset: number;
  readonly length: number;
  readonly message: string;
  readonly hint?: string | undefined;
};

const flawsOf = (expression: Expression, names: Names): readonly Flaw[] => [
  ...callsOf(expression).flatMap(({ name, args, offset, length }): readonly Flaw[] => {
    const spec = functions.get(name);
    if (spec === undefined)
      return [
        { offset, length, message: `there is no function "${name}"`, hint: suggest(name, functions.keys()) },
      ];
    return args < spec.min || args > spec.max
      ? [{ offset, length, message: `"${name}" is used as ${spec.usage}` }]
      : [];
  }),
  ...pathsOf(expression).flatMap((use) => {
    const flaw = pathFlaw(use, names);
    return flaw === undefined ? [] : [{ offset: use.offset, length: use.length, ...flaw }];
  }),
];

const pathFlaw = ({ root, keys }: PathUse, names: Names): Complaint | undefined => {
  const [first, second] = keys;
  switch (root) {
    case "inputs":
      return first === undefined ? undefined : inputFlaw(String(first), second, names);
    case "steps":
      return first === undefined ? undefined : stepFlaw(String(first), second, names);
    default:
      return names.variables.has(root)
        ? memberFlaw(root, first, names.variables.get(root))
        : unknownRoot(root, names);
  }
};

const inputFlaw = (name: string, key: string | number | undefined, names: Names): Complaint | undefined => {
  if (!names.inputs.has(name))
    return names.hidden.has("inputs")
      ? undefined
      : { message: `there is no input "${name}"`, hint: suggest(name, names.inputs.keys()) };
  const type = names.inputs.get(name);
  if (type === undefined || key === undefined || type === "json") return undefined;
  if (type === "file") return memberFlaw(`inputs.${name}`, key, ["path", "text", "lines"]);
  return { message: `input "${name}" is a ${type} and has no "${key}"`, hint: `write inputs.${name}` };
};

const stepFlaw = (name: string, key: string | number | undefined, names: Names): Complaint | undefined => {
  if (names.steps.has(name)) {
    const kind = names.steps.get(name);
    return memberFlaw(`steps.${name}`, key, kind === undefined ? undefined : resultKeys[kind]);
  }
  if (names.elsewhere.has(name))
    return {
      message: `step "${name}" has no result here`,
      hint: "it comes later, runs at the same time, or is inside another step",
    };
  if (names.hidden.has("steps")) return undefined;
  return { message: `there is no step "${name}"`, hint: suggest(name, names.steps.keys()) };
};

const memberFlaw = (
  owner: string,
  key: string | number | undefined,
  known: readonly string[] | undefined,
): Complaint | undefined =>
  key === undefined || known === undefined || known.includes(String(key))
    ? undefined
    : {
        message: `${owner} has no "${key}"`,
        hint: suggest(String(key), known) ?? `known: ${known.join(", ")}`,
      };

const unknownRoot = (root: string, names: Names): Complaint | undefined => {
  if (names.hidden.has("variables")) return undefined;
  const message = `nothing is called "${root}" here`;
  if (names.steps.has(root) || names.elsewhere.has(root))
    return { message, hint: `did you mean "steps.${root}"?` };
  if (names.inputs.has(root)) return { message, hint: `did you mean "inputs.${root}"?` };
  const near = nearest(root, ["inputs", "steps", ...names.variables.keys()]);
  if (near !== undefined) return { message, hint: `did you mean "${near}"?` };
  return {
    message,
    hint: root.includes("-")
      ? "a minus needs spaces around it"
      : `known: ${["inputs", "steps", ...names.variables.keys()].join(", ")}`,
  };
};

const nameOf = (path: TaskPath): string => String(path.findLast((key) => typeof key === "string"));
