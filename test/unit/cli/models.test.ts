import { copyFileSync, mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { inspectModel, listModels, verifyCommand } from "../../../cli/commands/models.ts";
import { countText } from "../../../cli/count-text.ts";
import { planCommand } from "../../../cli/commands/plan.ts";
import { physicalOf } from "../../../cli/wire/cores.ts";
import { schedulingOf } from "../../../cli/wire/cast.ts";
import { writeSparseGguf } from "../../support/sparse-gguf.ts";
import { tinyGguf, writeTinyGguf } from "../../support/tiny-gguf.ts";
import { listeningContext } from "./listening-context.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "swarm-models-"));
  for (const size of ["8B", "3B"] as const) writeSparseGguf(join(folder, `${size}.gguf`), size);
  writeTinyGguf(join(folder, "tiny.gguf"));
  writeFileSync(join(folder, "broken.gguf"), tinyGguf().subarray(0, 5000));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const GIB = 1024 ** 3;
const taskOf = (agents: Readonly<Record<string, string>>, vram = "8GB"): string => {
  const path = join(folder, "task.yaml");
  writeFileSync(
    path,
    `version: 1
name: sized
models:
  large: { provider: llama, file: 8B.gguf }
  middle: { provider: llama, file: 3B.gguf }
  far: { provider: llama, file: "hf:team/small:Q4_K_M" }
resources: { vram: ${vram} }
agents:
${Object.entries(agents)
  .map(([name, model]) => `  ${name}: { role: reader, model: ${model} }\n`)
  .join("")}workflow:
${Object.entries(agents)
  .map(([name, model]) => {
    const options = model.startsWith("voter:") ? ", options: [info, warning, error, critical]" : "";
    return `  - { id: ${name}, ask: ${name}, prompt: "hello"${options} }\n`;
  })
  .join("")}`,
  );
  return path;
};
type Memory = {
  readonly batch: number;
  readonly models: readonly { readonly model: string; readonly fit: string; readonly totalBytes: number }[];
  readonly budgetBytes: number;
  readonly peakBytes: number;
  readonly weightBytes: number;
  readonly computeBytes: number;
  readonly computeBytesSmallBatch: number;
  readonly computeContext: number;
  readonly contexts: readonly { readonly context: number; readonly sequenceBytes: number }[];
};
const json = async (run: (context: ReturnType<typeof listeningContext>["context"]) => Promise<number>) => {
  const { context, said } = listeningContext(folder);
  const exit = await run(context);
  return { exit, said: JSON.parse(said.result) as { readonly memory: Memory } };
};

describe("swarm models", () => {
  test("lists what ships, what a folder has and what a task names, each with what is wrong with it", async () => {
    const { context, said } = listeningContext(folder);
    expect(await listModels({ folder: ".", task: taskOf({ ada: "large" }) }, context)).toBe(0);
    expect(said.result).toMatch(/voter:auth +voter +\d+ KiB/);
    expect(said.result).toMatch(/8B\.gguf +file +4\.6 GiB +8\.0 B +Q4_K_M +131,072/);
    expect(said.result).toMatch(/broken\.gguf +file .*cannot load .*download or convert it again/);
    expect(said.result).toMatch(/far +reference +not downloaded yet/);
  });

  test.each(["voter:auth", "8B.gguf"])("of %s the parts add up to the whole", async (model) => {
    const { said } = await json((context) => inspectModel(model, { json: true }, context));
    const { weightBytes, computeBytes, computeBytesSmallBatch, computeContext, contexts } = said.memory;
    const whole = contexts.find(({ context }) => context === computeContext);
    const besides = weightBytes + (whole?.sequenceBytes ?? NaN);
    expect(whole).toMatchObject({
      totalBytes: besides + computeBytes,
      totalBytesSmallBatch: besides + computeBytesSmallBatch,
    });
    const { context, said: text } = listeningContext(folder);
    await inspectModel(model, {}, context);
    expect(text.result).toMatch(
      new RegExp(`compute buffer .* at batch 128, with a context of ${countText(computeContext)}\\n`),
    );
  });

  test("inspects a file: dimensions, and the memory at each context", async () => {
    const { said } = await json((context) => inspectModel("8B.gguf", { json: true }, context));
    expect(said).toMatchObject({
      shape: { layers: 32, heads: 32, kvHeads: 8, headDim: 128, quantization: "Q4_K_M" },
      memory: { kvBytesPerToken: 128 * 1024, computeBytes: 266.5 * 1024 ** 2 },
    });
    const { contexts } = said.memory;
    expect(contexts.find(({ context }) => context === 8192)).toMatchObject({ sequenceBytes: GIB });
    expect(contexts.at(-1)?.context).toBe(131_072);
  });

  test.each([
    ["a shipped voter by its name", "auth", /quantization +Q8_0/],
    ["by the name that tasks use", "voter:auth", /heads +4, 2 with keys and values/],
    ["a model of a task", "middle", /CONTEXT +A CONVERSATION/],
  ])("inspects %s", async (_, name, text) => {
    const { context, said } = listeningContext(folder);
    expect(await inspectModel(name, { task: taskOf({ ada: "large" }) }, context)).toBe(0);
    expect(said.result).toMatch(text);
  });

  test.each([
    ["none.gguf", "NO_MODEL", "there is no model file"],
    ["broken.gguf", "NO_MODEL", "goes on beyond the end of the file"],
    ["hf:team/small:Q8_0", "NO_MODEL", "not downloaded yet"],
    ["hf:team", "BAD_USAGE", "names no model"],
  ])("says of %s what is wrong", async (name, code, message) => {
    await expect(inspectModel(name, {}, listeningContext(folder).context)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message),
    });
  });

  test("verifies checksums, and finds the file that differs", async () => {
    const whole = await json((context) => verifyCommand(["voter:auth"], { json: true }, context));
    expect(whole).toMatchObject({ exit: 0, said: { ok: true, models: [{ name: "voter:auth", ok: true }] } });
    const { context, said } = listeningContext(folder);
    const { folder: downloads } = context.settings.models;
    mkdirSync(downloads, { recursive: true });
    copyFileSync(join(folder, "tiny.gguf"), join(downloads, "small.gguf"));
    const digest = `sha256:${"0".repeat(64)}`;
    const models = { "hf:team/other:Q8_0": { file: "small.gguf", bytes: 1, digest } };
    writeFileSync(join(downloads, "models.json"), JSON.stringify({ version: 1, models }));
    expect(await verifyCommand([], {}, context)).toBe(8);
    expect(said.result).toMatch(/ok +voter:auth/);
    expect(said.result).toMatch(/fail +hf:team\/other:Q8_0 +sha256:\w+ instead of/);
    truncateSync(join(downloads, "models.json"));
    await expect(verifyCommand(["nobody"], {}, context)).rejects.toMatchObject({ code: "BAD_USAGE" });
  });
});

describe("the memory of a plan", () => {
  const memoryOf = async (agents: Readonly<Record<string, string>>, flags = {}) => {
    const { said } = await json((context) => planCommand(taskOf(agents), { json: true, ...flags }, context));
    return said.memory;
  };
  const used = { one: "large", two: "large", three: "middle" };

  test("says what stays and what takes turns", async () => {
    const { models, batch } = await memoryOf(used, { vram: 9 * GIB });
    expect(models.map(({ model, fit }) => [model, fit])).toEqual([
      ["large", "stays"],
      ["middle", "stays"],
    ]);
    expect(batch).toBe(128);
    expect((await memoryOf(used, { vram: 24 * GIB })).batch).toBe(512);
    const swapped = await memoryOf(used);
    expect(swapped.models.map(({ fit }) => fit)).toEqual(["takes turns", "takes turns"]);
    const none = await memoryOf(used, { vram: 4 * GIB });
    expect(none.models.map(({ fit }) => fit)).toEqual(["too large", "stays"]);
  });

  test("is a table for people, with what to do", async () => {
    const { context, said } = listeningContext(folder);
    await planCommand(taskOf(used, "4GB"), {}, context);
    expect(said.result).toMatch(/large +4\.6 GiB +267 MiB, batch 512 +512 MiB +1 of 2 +.* too large/);
    expect(said.result).toContain("large cannot be loaded: raise resources.vram");
    const turns = listeningContext(folder);
    await planCommand(taskOf(used), {}, turns.context);
    expect(turns.said.result).toContain("not all fit at once: large, middle take turns in memory");
  });

  test("counts the voters that ship, in each engine process, and leaves the rest to the others", async () => {
    const { models, budgetBytes, peakBytes } = await memoryOf({ one: "middle", two: "voter:auth" });
    expect(models).toMatchObject([
      { model: "middle", copies: 1 },
      { model: "voter:auth", copies: 2, sequences: 16, fit: "stays" },
    ]);
    const voterBytesInAll = models[1]?.totalBytes ?? 0;
    expect(voterBytesInAll / (2 * 18.6e6)).toBeCloseTo(1, 1);
    expect(peakBytes).toBe((models[0]?.totalBytes ?? 0) + voterBytesInAll);
    expect(peakBytes).toBeLessThanOrEqual(budgetBytes);
    const none = await memoryOf({ two: "voter:auth" }, { vram: 30 * 1024 ** 2 });
    expect(none.models).toMatchObject([{ model: "voter:auth", fit: "too large" }]);
  });

  test("of a header of old, which has none, leaves models as they were; shares are the scheduler's weights", () => {
    const plan = {
      version: 1,
      name: "old",
      inputs: {},
      models: { own: { provider: "llama", file: "/own.gguf", context: 4096, temperature: 0 } },
      agents: {},
      steps: [],
      outputs: {},
      budget: {},
      coordinators: 3,
    } as const;
    const { models } = schedulingOf({ plan, models: { own: { provider: "llama", digest: "d" } } });
    expect(models).toEqual({ own: { concurrency: 4 } });
    const ada = { name: "ada", role: "r", model: "own", maxTokens: 1, attempts: 1 };
    const agents = { ada: { ...ada, share: 2 }, bob: { ...ada, name: "bob" } };
    expect(schedulingOf({ plan: { ...plan, agents }, models: {} }).weights).toEqual({ ada: 2 });
  });
});

test.each([
  ["two threads a core", "core id : 0\n\ncore id : 0\n\ncore id : 1\n\ncore id : 1\n", 2],
  ["two sockets", "physical id : 0\ncore id : 0\n\nphysical id : 1\ncore id : 0\n", 2],
  ["nothing told", "processor : 0\n", undefined],
])("physical cores: %s", (_, text, cores) => expect(physicalOf(text)).toBe(cores));
