import { expect, test } from "vitest";
import { taskJsonSchemaText } from "./json-schema.ts";
import { taskReference } from "./reference.ts";

const root = "../../../..";

// `vitest run -u` writes both files again.
test("task.schema.json is what the schema says", async () => {
  await expect(taskJsonSchemaText()).toMatchFileSnapshot(`${root}/cli/task/task.schema.json`);
});

test("docs/task-reference.md is what the schema says", async () => {
  await expect(taskReference()).toMatchFileSnapshot(`${root}/docs/task-reference.md`);
});
