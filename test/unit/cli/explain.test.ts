import { expect, test } from "vitest";
import { explainCommand } from "../../../cli/commands/explain.ts";
import { listeningContext } from "./listening-context.ts";

test("a flowchart and a document are asked for one after the other, before anything is read", async () => {
  const { context, said } = listeningContext("/nowhere");
  await expect(explainCommand("last", "d", { json: true, mermaid: true }, context)).rejects.toMatchObject({
    code: "BAD_USAGE",
    message: "--mermaid draws a decision; ask for it by itself",
  });
  expect(said.result).toBe("");
});
