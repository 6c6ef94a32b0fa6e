import { unreachable } from "../../../coordination/protocol/invariant.ts";
import type { Expression, Span } from "./expression.ts";

/** A path that an expression reads, as far as it is known without evaluating: `steps.a[i].b` gives root `steps`, keys [`a`]. */
export type PathUse = Span & { readonly root: string; readonly keys: readonly (string | number)[] };

export type CallUse = Span & { readonly name: string; readonly args: number };

/** Every path in an expression, in the order of the text: for checks before a run. */
export const pathsOf = (expression: Expression): readonly PathUse[] => {
  const found: PathUse[] = [];
  visit(expression, (node) => {
    const path = pathAt(node);
    if (path === undefined) return true;
    found.push(path.use);
    for (const index of path.dynamic) found.push(...pathsOf(index));
    return false;
  });
  return found;
};

/** Every function call in an expression. */
export const callsOf = (expression: Expression): readonly CallUse[] => {
  const found: CallUse[] = [];
  visit(expression, (node) => {
    if (node.type === "call")
      found.push({ name: node.name, args: node.args.length, offset: node.offset, length: node.name.length });
    return true;
  });
  return found;
};

/** `enter` says whether to go into the parts of a node. */
const visit = (node: Expression, enter: (node: Expression) => boolean): void => {
  if (!enter(node)) return;
  for (const part of partsOf(node)) visit(part, enter);
};

const partsOf = (node: Expression): readonly Expression[] => {
  switch (node.type) {
    case "literal":
    case "name":
      return [];
    case "list":
      return node.items;
    case "member":
      return [node.of];
    case "index":
      return [node.of, node.index];
    case "unary":
      return [node.operand];
    case "binary":
      return [node.left, node.right];
    case "choice":
      return [node.test, node.then, node.otherwise];
    case "call":
      return node.args;
    default:
      return unreachable(node);
  }
};

/** The path that ends at this node, with the indexes in it that only an evaluation would know. */
const pathAt = (
  node: Expression,
): { readonly use: PathUse; readonly dynamic: readonly Expression[] } | undefined => {
  const keys: (string | number | undefined)[] = [];
  const dynamic: Expression[] = [];
  let place = node;
  for (;;) {
    if (place.type === "member") keys.push(place.key);
    else if (place.type === "index") {
      const key = place.index.type === "literal" ? place.index.value : undefined;
      const isKnown = typeof key === "string" || typeof key === "number";
      keys.push(isKnown ? key : undefined);
      if (!isKnown) dynamic.push(place.index);
    } else break;
    place = place.of;
  }
  if (place.type !== "name") return undefined;
  const known: (string | number)[] = [];
  for (const key of keys.toReversed()) {
    if (key === undefined) break;
    known.push(key);
  }
  return { use: { root: place.name, keys: known, offset: node.offset, length: node.length }, dynamic };
};
