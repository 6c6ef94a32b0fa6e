import type { RunPlan } from "../../actors/workflow/plan.ts";
import type { Json } from "../../coordination/protocol/json.ts";
import { printable, table } from "../output.ts";

/** What a run handed out, by name, and how its task declares it. */
export type Outputs = {
  readonly values: Readonly<Record<string, Json>>;
  readonly specs: RunPlan["outputs"];
};

/** The result of a run: its Markdown outputs as they are; of a task that declares none, all outputs as one JSON document. */
export const resultText = ({ values, specs }: Outputs): string => {
  const texts = Object.entries(values).flatMap(([name, value]) => {
    const text = markdownOf(specs, name, value);
    return text === undefined ? [] : [`${text}\n`];
  });
  if (texts.length > 0) return texts.join("\n");
  return `${JSON.stringify(values, null, 2)}\n`;
};

/** `undefined`: it is a value. */
const markdownOf = (specs: Outputs["specs"], name: string, value: Json): string | undefined =>
  typeof value === "string" && Object.hasOwn(specs, name) && specs[name]?.type === "markdown"
    ? value.trimEnd()
    : undefined;

/** How much of each output is shown at a glance: characters of a value or a line, and lines of a text. */
const shownChars = 160;
const shownLines = 20;

/** The outputs at a glance: a line for each value, the first lines of each text. `all` is the command that tells the whole of it. */
export const outputsText = ({ values, specs }: Outputs, all: string): string => {
  const [lines, texts]: [string[][], string[]] = [[], []];
  let isCut = false;
  const clip = (text: string): string => {
    if (text.length <= shownChars) return text;
    isCut = true;
    return `${text.slice(0, shownChars)}…`;
  };
  for (const [name, value] of Object.entries(values)) {
    const markdown = markdownOf(specs, name, value);
    if (markdown === undefined) {
      lines.push([clip(printable(name)), clip(printable(JSON.stringify(value)))]);
      continue;
    }
    const text = printable(markdown).split("\n");
    const more = text.length - shownLines;
    isCut ||= more > 0;
    texts.push(
      [
        `\n${clip(printable(name))}`,
        ...text.slice(0, shownLines).map((line) => `  ${clip(line)}`.trimEnd()),
        ...(more > 0 ? [`  … and ${more} more ${more === 1 ? "line" : "lines"}`] : []),
      ].join("\n"),
    );
  }
  if (lines.length + texts.length === 0) return "";
  const shown = [...(lines.length === 0 ? [] : [table([["OUTPUT", "VALUE"], ...lines])]), ...texts].join(
    "\n",
  );
  return `${shown.trimStart()}\n${isCut ? `\nall of it: ${all}\n` : ""}`;
};
