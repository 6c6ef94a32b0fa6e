import type { Expression } from "../../../actors/workflow/expression/expression.ts";
import type { StepKind } from "../step-kinds.ts";
import { resultKeys } from "./names.ts";
import type { Names } from "./names.ts";

/** What is wrong with an expression or a part of it, and what may have been meant. */
export type Complaint = { readonly message: string; readonly hint?: string | undefined };

/** Why an expression never gives a list; `undefined` if it may. */
export const listFlaw = (expression: Expression, names: Names): Complaint | undefined => {
  if (expression.type === "literal")
    return expression.value === null
      ? undefined
      : { message: `${JSON.stringify(expression.value)} is no list`, hint: "write a list: ${{ [a, b] }}" };
  const [root, name, member, ...more] = pathOf(expression) ?? [];
  if (root === undefined || more.length > 0) return undefined;
  if (name === undefined)
    return root === "inputs" || root === "steps" ? { message: `\`${root}\` is no list` } : undefined;
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
