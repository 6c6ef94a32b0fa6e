import type { Json } from "../../coordination/protocol/json.ts";
import type { RunPlan } from "./plan.ts";
import type { Renderer } from "./scope.ts";
import { parseMarkdown, renderMarkdown } from "./markdown.ts";

/** What a run hands out, by name. */
export const renderOutputs = (
  outputs: RunPlan["outputs"],
  scope: Readonly<Record<string, Json>>,
  render: Renderer,
): Readonly<Record<string, Json>> =>
  Object.fromEntries(
    Object.entries(outputs).map(([name, output]) => [
      name,
      output.type === "value"
        ? render.deep(output.value, scope)
        : renderMarkdown(parseMarkdown(output.template), scope),
    ]),
  );
