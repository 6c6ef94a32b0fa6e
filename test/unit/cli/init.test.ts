import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { checkCommand } from "../../../cli/commands/check.ts";
import { init } from "../../../cli/commands/init.ts";
import { loadTask } from "../../../cli/task/load.ts";
import { listeningContext } from "./listening-context.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "swarm-init-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("what is written passes check, and runs on the log beside it", async () => {
  const { context, said } = listeningContext(folder);
  expect(await init("first", {}, context)).toBe(0);
  expect(said.result).toBe("next: swarm run first/task.yaml\n");
  expect(readdirSync(join(folder, "first")).sort()).toEqual(["app.log", "task.schema.json", "task.yaml"]);
  const checked = listeningContext(folder);
  expect(await checkCommand("first/task.yaml", {}, checked.context)).toBe(0);
  expect(checked.said).toEqual({ result: "ok: log-triage, 4 steps, 6 agents\n", notes: [] });
  const { plan, warnings } = await loadTask("first/task.yaml", { inputs: {}, cwd: folder });
  expect(warnings).toEqual([]);
  expect(plan.inputs["log"]).toMatchObject({
    type: "file",
    text: readFileSync(join(folder, "first", "app.log"), "utf8"),
  });
});

test("editors find the schema by the first line", async () => {
  await init(".", {}, listeningContext(folder).context);
  const [first] = readFileSync(join(folder, "task.yaml"), "utf8").split("\n");
  expect(first).toBe("# yaml-language-server: $schema=./task.schema.json");
  expect(() => JSON.parse(readFileSync(join(folder, "task.schema.json"), "utf8")) as unknown).not.toThrow();
});

test.each(["task.yaml", "app.log", "task.schema.json"])(
  "a %s that is there is kept, and nothing is written beside it",
  async (name) => {
    writeFileSync(join(folder, name), "mine");
    await expect(init(".", {}, listeningContext(folder).context)).rejects.toMatchObject({
      code: "BAD_USAGE",
      exit: 2,
    });
    expect(readdirSync(folder)).toEqual([name]);
    expect(readFileSync(join(folder, name), "utf8")).toBe("mine");
  },
);

test("a folder that cannot be made is bad usage", async () => {
  writeFileSync(join(folder, "file"), "");
  await expect(init("file/below", {}, listeningContext(folder).context)).rejects.toMatchObject({
    code: "BAD_USAGE",
  });
});

test("programs get the files and the next command, quoted for a shell", async () => {
  const { context, said } = listeningContext(folder);
  await init("it's here", { json: true }, context);
  expect(JSON.parse(said.result)).toMatchObject({
    folder: join(folder, "it's here"),
    files: ["task.yaml", "app.log", "task.schema.json"].map((name) => join(folder, "it's here", name)),
    next: `swarm run 'it'\\''s here/task.yaml'`,
  });
});
