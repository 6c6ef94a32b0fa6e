import { z } from "zod";
import { Task } from "../../../../cli/task/schema.ts";
import { stepKinds } from "../../../../cli/task/step-kinds.ts";

export type JsonSchema = z.core.JSONSchema.JSONSchema;

/** The JSON Schema of a task file, for editors. `task.schema.json` is this, and a test compares them. */
export const taskJsonSchema = (): JsonSchema => ({
  title: "swarm task",
  ...z.toJSONSchema(Task, {
    target: "draft-2020-12",
    io: "input",
    override: ({ jsonSchema }) => {
      // A step does one thing, which zod checks in the second pass.
      if (
        jsonSchema.properties !== undefined &&
        stepKinds.every((kind) => kind in (jsonSchema.properties ?? {}))
      ) {
        jsonSchema.oneOf = stepKinds.map((kind) => ({
          required: kind === "ask" ? ["ask", "prompt"] : [kind],
        }));
      }
    },
  }),
});

export const taskJsonSchemaText = (): string => `${JSON.stringify(taskJsonSchema(), null, 2)}\n`;
