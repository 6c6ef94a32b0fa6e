import type { Json } from "../../coordination/protocol/json.ts";
import type { RunPlan } from "./plan.ts";
import { parseValue, renderValue } from "./template.ts";
import { saidBy } from "./steps.ts";
import { parseMarkdown, renderMarkdown } from "./markdown.ts";

/** What a run hands out, by name. */
export const renderOutputs = (
  outputs: RunPlan["outputs"],
  scope: Readonly<Record<string, Json>>,
): Readonly<Record<string, Json>> =>
  Object.fromEntries(
    Object.entries(outputs).map(([name, output]) => [
      name,
      saidBy(`output ${name}`, () =>
        output.type === "value"
          ? renderValue(parseValue(output.value), scope)
          : renderMarkdown(parseMarkdown(output.template), scope),
      ),
    ]),
  );
