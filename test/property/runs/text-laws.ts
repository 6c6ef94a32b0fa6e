import type { Readings } from "./readings.ts";

/** What is wrong with the form of a page or a diagram. */
export const textFlaws = ({ report, mermaid }: Readings): readonly string[] => [
  ...htmlFlaws(report),
  ...mermaid
    .split("\n")
    .filter((line) => line !== "" && !mermaidLine.test(line))
    .map((line) => `no line of a diagram: ${line}`),
];

/** No name of a task gets through as it is: what means something to Mermaid or HTML is a code. */
const mermaidLine =
  /^(?:sequenceDiagram| {2}participant p\d+ as [^<>"'`;:\n]+(?:#\w+;[^<>"'`:\n]*)*| {2}Note over p\d+(?:,p\d+)?: [^<>"'`\n]+| {2}p\d+(?:--x|->>)p\d+: [^<>"'`\n]+)$/;

const ends: ReadonlySet<string> = new Set(["meta", "br", "hr", "img", "wbr", "col"]);
/** A tag with quoted attributes, a code, or a character that should have been one. */
const piece = /<(\/?)([a-z][\w-]*)(?:\s+[\w:-]+(?:="[^"<>]*")?)*\s*(\/?)>|&(?:#\d+|[a-z]+);|[<&]/gi;

/** Whether each element is closed where it should be, and nothing that is text reads as markup. */
const htmlFlaws = (page: string): readonly string[] => {
  const open: string[] = [];
  const body = page.replace(/^<!doctype html>/i, "").replace(/<style>[^<]*<\/style>/g, "");
  for (const { 0: whole, 1: slash, 2: tag = "", 3: closed, index } of body.matchAll(piece)) {
    if (whole === "<" || whole === "&") return [`a bare ${whole} in ${body.slice(index, index + 60)}`];
    if (tag === "" || closed === "/" || ends.has(tag)) continue;
    if (slash !== "/") open.push(tag);
    else if (open.pop() !== tag)
      return [`</${tag}> closes another element in ${body.slice(index - 60, index + 20)}`];
  }
  if (open.length > 0) return [`${open.join(" ")} stay open`];
  // oxlint-disable-next-line no-control-regex -- it looks for them
  return /<script|[\u0000-\u0008\u000b-\u001f\u202e]/i.test(page) ? ["a script, or what no reader sees"] : [];
};
