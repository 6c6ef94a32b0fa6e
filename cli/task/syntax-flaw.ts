import { isAlias, isCollection, isScalar } from "yaml";
import type { Node } from "yaml";

/** A part of the text. */
export type Span = { readonly offset: number; readonly length: number };

/** A flaw of the text itself, at its place. */
export type SyntaxFlaw = Span & { readonly message: string; readonly hint?: string };

export const asNode = (node: unknown): Node | undefined =>
  isScalar(node) || isCollection(node) || isAlias(node) ? node : undefined;

export const spanOf = (node: unknown): Span => {
  const range = asNode(node)?.range;
  return range === undefined || range === null
    ? { offset: 0, length: 1 }
    : { offset: range[0], length: Math.max(1, range[1] - range[0]) };
};

/** A name from the text, not longer than one wants to read. */
export const clipped = (name: string): string => (name.length > 64 ? `${name.slice(0, 63)}…` : name);
