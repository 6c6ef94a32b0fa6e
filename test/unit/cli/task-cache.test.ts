import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { loadTask } from "../../../cli/task/load.ts";
import { taskCacheIn } from "../../../cli/wire/task-cache.ts";

let folder = "";
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "swarm-task-cache-"))));
afterEach(() => rmSync(folder, { recursive: true }));

const cacheFolder = (): string => join(folder, "cache");
const cacheOf = (build: string) => taskCacheIn({ build, cacheFolders: [cacheFolder()] });
const cached = (): readonly string[] => readdirSync(cacheFolder());

const text = (role: string): string =>
  `version: 1
name: t
models: { m: { provider: scripted, replies: [{ text: ok }] } }
agents: { a: { role: ${role}, model: m } }
workflow: [{ id: s, ask: a, prompt: p }]
`;

const load = async (taskText: string, build = "b1") => {
  writeFileSync(join(folder, "task.yaml"), taskText);
  return loadTask("task.yaml", { inputs: {}, cwd: folder, cache: cacheOf(build) });
};

describe("the cache of checked tasks", () => {
  test("gives the plan that a check gives", async () => {
    const checked = await load(text("one"));
    expect(cached()).toHaveLength(1);
    expect(await load(text("one"))).toEqual(checked);
    expect(cacheOf("b1").find(text("one"))).toBeDefined();
  });

  test("knows a task by its whole text and by the program that checked it", async () => {
    await load(text("one"));
    expect((await load(text("two"))).plan.agents["a"]?.role).toBe("two");
    expect(cacheOf("b1").find(`${text("one")}\n`)).toBeUndefined();
    expect(cacheOf("b2").find(text("one"))).toBeUndefined();
  });

  test.each([
    ["empty", () => ""],
    ["cut short", (sealed: string) => sealed.slice(0, -5)],
    ["changed", (sealed: string) => sealed.replace('"role":"one"', '"role":"two"')],
    ["no JSON", () => `${"0".repeat(64)}\nnothing`],
  ])("checks again where a file of it is %s", async (_, spoil) => {
    const checked = await load(text("one"));
    const [name = ""] = cached();
    const path = join(cacheFolder(), name);
    const whole = readFileSync(path, "utf8");
    expect(spoil(whole)).not.toBe(whole);
    writeFileSync(path, spoil(whole));
    expect(cacheOf("b1").find(text("one"))).toBeUndefined();
    expect(await load(text("one"))).toEqual(checked);
    expect(readFileSync(path, "utf8")).toBe(whole);
  });

  test("says every time what is wrong or strange", async () => {
    const idle = text("one").replace("agents: {", "agents: { idle: { role: x, model: m },");
    for (let time = 0; time < 2; time += 1) {
      expect((await load(idle)).warnings).toHaveLength(1);
      await expect(load(text("[]"))).rejects.toMatchObject({ code: "BAD_TASK" });
    }
    expect(cacheOf("b1").find(idle)).toBeUndefined();
  });

  test("leaves out a task that JSON would change", () => {
    const odd = { version: 1, name: "t", agents: {}, workflow: [], outputs: { o: -0 } } as const;
    cacheOf("b1").keep("odd", { ...odd, agents: {}, workflow: [] });
    expect(cacheOf("b1").find("odd")).toBeUndefined();
  });

  test("keeps a bounded number of tasks", async () => {
    const cache = cacheOf("b1");
    const { source } = await load(text("one"));
    const task = cache.find(source.text);
    if (task === undefined) throw new Error("not kept");
    for (let at = 0; at < 40; at += 1) cache.keep(`task ${at}`, task);
    expect(cached()).toHaveLength(32);
  });

  test("does without where it cannot write", async () => {
    writeFileSync(cacheFolder(), "a file");
    expect((await load(text("one"))).plan.name).toBe("t");
    rmSync(cacheFolder());
    mkdirSync(cacheFolder());
    await load(text("one"));
    expect(cached()).toHaveLength(1);
  });
});
