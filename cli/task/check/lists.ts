import type { BinaryOperator, Expression } from "../../../actors/workflow/expression/expression.ts";
import type { StepKind } from "../step-kinds.ts";
import { reservedNames, resultKeys } from "./names.ts";
import type { Names } from "./names.ts";

/** What is wrong with an expression or a part of it, and what may have been meant. */
export type Complaint = { readonly message: string; readonly hint?: string | undefined };

/** Why an expression never gives a list; `undefined` if it may. */
export const listFlaw = (expression: Expression, names: Names): Complaint | undefined => {
  switch (expression.type) {
    case "literal":
      return expression.value === null
        ? undefined
        : { message: `${JSON.stringify(expression.value)} is no list`, hint: writeList };
    case "unary":
      return gives(expression.operator, expression.operator === "!" ? "boolean" : "number");
    case "binary":
      // Either side may be what they give.
      return expression.operator === "&&" || expression.operator === "||"
        ? oneFlaw(expression.left, expression.right, names)
        : gives(expression.operator, operatorKinds[expression.operator]);
    case "choice":
      return oneFlaw(expression.then, expression.otherwise, names);
    case "call": {
      const kind = callKinds.get(expression.name);
      return kind === undefined ? undefined : gives(`${expression.name}(…)`, kind);
    }
    case "list":
      return undefined;
    default:
      return pathFlaw(expression, names);
  }
};

/** Flawed is what may be one of two only where both are. */
const oneFlaw = (one: Expression, other: Expression, names: Names): Complaint | undefined =>
  listFlaw(one, names) && listFlaw(other, names);

type Kind = "boolean" | "number" | "text" | "number or text";

const gives = (what: string, kind: Kind): Complaint => ({
  message: `\`${what}\` gives ${kindWords[kind]}, and no list`,
  hint: kind === "text" ? "write split(…) around it: it makes a list of a text" : writeList,
});

const writeList = "write a list: ${{ [a, b] }}";

const kindWords: Readonly<Record<Kind, string>> = {
  boolean: "true or false",
  number: "a number",
  text: "a text",
  "number or text": "a number or a text",
};

const operatorKinds: Readonly<Record<Exclude<BinaryOperator, "&&" | "||">, Kind>> = {
  "==": "boolean",
  "!=": "boolean",
  "<": "boolean",
  "<=": "boolean",
  ">": "boolean",
  ">=": "boolean",
  in: "boolean",
  "+": "number or text",
  "-": "number",
  "*": "number",
  "/": "number",
};

/** What functions give that never give a list. */
export const callKinds: ReadonlyMap<string, Kind> = new Map<string, Kind>([
  ...(["contains", "startsWith"] as const).map((name) => [name, "boolean"] as const),
  ...(["len", "indexOf", "count", "sum", "avg", "min", "max", "round", "number"] as const).map(
    (name) => [name, "number"] as const,
  ),
  ...(["join", "percent", "upper", "lower", "trim", "clip", "shape", "md", "json", "text"] as const).map(
    (name) => [name, "text"] as const,
  ),
]);

const pathFlaw = (expression: Expression, names: Names): Complaint | undefined => {
  const [root, name, member, ...more] = pathOf(expression) ?? [];
  if (root === undefined || more.length > 0) return undefined;
  if (name === undefined) return reservedNames.has(root) ? { message: `\`${root}\` is no list` } : undefined;
  if (root === "inputs") return inputFlaw(name, member, names);
  return root === "steps" ? resultFlaw(name, member, names) : undefined;
};

const inputFlaw = (name: string, member: string | undefined, names: Names): Complaint | undefined => {
  const type = names.inputs.get(name);
  if (type === "file") {
    const message =
      member === undefined
        ? `input "${name}" is a file and no list`
        : `inputs.${name}.${member} is a text and no list`;
    return member === "lines" ? undefined : { message, hint: meant(`inputs.${name}.lines`) };
  }
  if (type === undefined || type === "json" || member !== undefined) return undefined;
  return {
    message: `input "${name}" is a ${type} and no list`,
    hint: type === "text" ? meant(`split(inputs.${name})`) : "an input that is a list has `type: json`",
  };
};

const resultFlaw = (id: string, member: string | undefined, names: Names): Complaint | undefined => {
  const kind = names.steps.get(id);
  if (kind === undefined || (member !== undefined && !resultKeys[kind].includes(member))) return undefined;
  const lists = listKeys[kind];
  if (member !== undefined && lists.includes(member)) return undefined;
  const path = member === undefined ? `steps.${id}` : `steps.${id}.${member}`;
  const [first] = lists;
  return {
    message: `${path} is no list`,
    hint: first === undefined ? undefined : meant(`steps.${id}.${first}`),
  };
};

/** Members of the result of each kind of step that are lists. */
const listKeys: Readonly<Record<StepKind, readonly string[]>> = {
  ask: [],
  decide: ["ballots", "dissent", "tally"],
  map: ["output", "items"],
  group: ["output", "groups"],
  parallel: [],
};

const meant = (path: string): string => `did you mean \${{ ${path} }}?`;

/** The keys of an expression that is a path and nothing else; `undefined` where a key is known only in the run. */
const pathOf = (node: Expression): readonly string[] | undefined => {
  if (node.type === "name") return [node.name];
  if (node.type !== "member" && node.type !== "index") return undefined;
  const above = pathOf(node.of);
  if (above === undefined) return undefined;
  if (node.type === "member") return [...above, node.key];
  return node.index.type === "literal" && typeof node.index.value === "string"
    ? [...above, node.index.value]
    : undefined;
};
