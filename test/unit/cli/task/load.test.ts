import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { checkTask, checkText } from "../../../../cli/task/check-text.ts";
import { loadTask } from "../../../../cli/task/load.ts";
import { formatProblems } from "../../../../cli/task/problems.ts";

const examples = fileURLToPath(new URL("../../../../docs/examples/", import.meta.url));
const task = `version: 1
name: t
inputs:
  log: { type: file }
  note: { type: text, default: hi }
  n: { type: number }
  on: { type: boolean, default: true }
  data: { type: json }
models: { m: { provider: scripted, replies: [{ text: yes }] } }
agents: { ann: { role: writer, model: m } }
workflow: [{ id: a, ask: ann, prompt: hi }]
`;

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "swarm-task-"));
  mkdirSync(join(folder, "sub"));
  const files: Record<string, string | Buffer> = {
    "task.yaml": task,
    "task.json": JSON.stringify(
      {
        version: 1,
        name: "j",
        models: { m: { provider: "scripted", replies: [{ text: "y" }] } },
        agents: { a: { role: "r", model: "m" } },
        workflow: [{ id: "s", ask: "a", prompt: "p" }],
      },
      null,
      "\t",
    ),
    "bom.yaml": `\ufeff${task}`,
    "crlf.yaml": task.replaceAll("\n", "\r\n"),
    "empty.yaml": "",
    "binary.yaml": Buffer.from([0, 1, 2, 3, 0, 255]),
    "latin.yaml": Buffer.from("version: 1\nname: caf\xe9\n", "latin1"),
    "nul.yaml": `${"# a comment\n".repeat(20)}name: a\0b\n`,
    "replaced.yaml": task.replace("hi }]", "what is \ufffd? }]"),
    "huge.yaml": "#".repeat(1024 * 1024 + 1),
    "sub/a.log": "one\r\ntwo\n",
    "empty.log": "",
    "zip.log": Buffer.from(Array.from({ length: 4096 }, (_, index) => (index * 7919) % 256)),
    "nuls.log": Buffer.concat([Buffer.from("line\n".repeat(1000)), Buffer.alloc(10)]),
    "utf16.log": Buffer.from("\ufeffhello", "utf16le"),
    "replaced.log": "\ufffd".repeat(100),
    "broken.log": Buffer.from("caf\xe9 and a longer line of text around it\n", "latin1"),
    "long.log": `${"x".repeat(3 * 1024 * 1024)}\nshort\n`,
  };
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const load = (inputs: Record<string, string>, file = "task.yaml", stdin?: () => Promise<Uint8Array>) =>
  loadTask(join(folder, file), { inputs, cwd: folder, ...(stdin === undefined ? {} : { stdin }) });

describe("task files", () => {
  test.each(["task.yaml", "task.json", "bom.yaml", "crlf.yaml", "replaced.yaml"])(
    "%s is read",
    async (name) => {
      expect((await checkTask(name, { cwd: folder })).problems).toEqual([]);
    },
  );

  test.each([
    ["empty.yaml", "the task file is empty; `swarm init` writes one to start from"],
    ["binary.yaml", "this is no text in UTF-8: it holds NUL bytes; save it as UTF-8"],
    ["nul.yaml", "this is no text in UTF-8: it holds NUL bytes; save it as UTF-8"],
    ["latin.yaml", "this is no text in UTF-8: line 2 is not; save it as UTF-8"],
    ["huge.yaml", "a task file has at most 1 MiB"],
    ["sub", "this is a folder; name the task file in it"],
    ["nowhere.yaml", "cannot read the task file: there is no such file"],
    ["nul\0.yaml", "cannot read the task file: the path is not valid"],
  ])("%s: %s", async (name, message) => {
    const { problems } = await checkTask(name, { cwd: folder });
    expect(problems.map((problem) => problem.message)).toEqual([message]);
    await expect(loadTask(name, { inputs: {}, cwd: folder })).rejects.toMatchObject({
      code: "BAD_TASK",
      exit: 2,
    });
  });
});

describe("inputs", () => {
  test("come from flags, from defaults and as null", async () => {
    const { plan, warnings } = await load({ log: "sub/a.log", n: "4.5", on: "false", data: '{"a":[1]}' });
    expect(plan.inputs).toEqual({
      log: { type: "file", path: "sub/a.log", text: "one\r\ntwo\n" },
      note: { type: "text", text: "hi" },
      n: { type: "value", value: 4.5 },
      on: { type: "value", value: false },
      data: { type: "value", value: { a: [1] } },
    });
    expect(warnings).toEqual([]);
    expect((await load({})).plan.inputs["log"]).toEqual({ type: "value", value: null });
  });

  test("standard input is a file called -", async () => {
    const { plan } = await load({ log: "-" }, "task.yaml", () => Promise.resolve(Buffer.from("a\nb")));
    expect(plan.inputs["log"]).toEqual({ type: "file", path: "-", text: "a\nb" });
  });

  test("standard input that is no text is refused as a file of it is", async () => {
    const zipped = () => Promise.resolve(readFileSync(join(folder, "zip.log")));
    await expect(load({ log: "-" }, "task.yaml", zipped)).rejects.toThrow(
      'input "log": standard input is no text (most of it is no UTF-8)',
    );
  });

  test("broken text is mended and megabyte lines are kept", async () => {
    expect((await load({ log: "broken.log" })).plan.inputs["log"]).toMatchObject({
      text: "caf\ufffd and a longer line of text around it\n",
    });
    expect((await load({ log: "replaced.log" })).plan.inputs["log"]).toMatchObject({
      text: "\ufffd".repeat(100),
    });
    expect((await load({ log: "nuls.log" })).plan.inputs["log"]).toMatchObject({ type: "file" });
    const long = (await load({ log: "long.log" })).plan.inputs["log"];
    expect(long?.type === "file" && long.text.length).toBe(3 * 1024 * 1024 + 7);
    expect((await load({ log: "empty.log" })).warnings.map(({ message }) => message)).toEqual([
      'input "log" is empty',
    ]);
  });

  test.each([
    [{ lgo: "x" }, 'task t has no input "lgo"; did you mean "log"?'],
    [{ log: "nowhere.log" }, 'input "log": cannot read nowhere.log: there is no such file'],
    [{ log: "sub" }, 'input "log": sub is a folder; name a file'],
    [{ log: "" }, 'input "log": the path is empty; name a file'],
    [
      { log: "zip.log" },
      'input "log": zip.log is no text (most of it is no UTF-8); give a text file in UTF-8',
    ],
    [{ log: "utf16.log" }, 'input "log": utf16.log is no text (it is UTF-16); give a text file in UTF-8'],
    [{ log: "-" }, 'input "log" asks for standard input, and there is none here'],
    [{ n: "four" }, 'input "n" is a number, and "four" is none'],
    [{ n: "1e999" }, 'input "n" is a number, and "1e999" is none'],
    [{ on: "yes" }, 'input "on" is true or false, not "yes"'],
    [{ log: "-", note: "-" }, "only one input can be standard input; log and note both are -"],
    [{ n: "x", on: "y" }, 'input "n" is a number, and "x" is none\ninput "on" is true or false, not "y"'],
    [{ ["__proto__"]: "x" }, 'task t has no input "__proto__"; known: log, note, n, on, data'],
  ])("%o: %s", async (inputs, message) => {
    await expect(load(inputs)).rejects.toMatchObject({ code: "BAD_INPUT", message });
  });

  test.each([
    ["file", "log", "FILE"],
    ["number", "n", "VALUE"],
    ["json", "data", "VALUE"],
  ])("a required %s is asked for", async (type, name, value) => {
    writeFileSync(
      join(folder, "required.yaml"),
      task.replace(`{ type: ${type} }`, `{ type: ${type}, required: true }`),
    );
    await expect(load({}, "required.yaml")).rejects.toMatchObject({
      code: "BAD_INPUT",
      message: `input "${name}" is missing; give it with --input ${name}=${value}`,
    });
  });
});

describe("plans", () => {
  test("have every default filled in", async () => {
    const text = `version: 1
name: t
models: { big: { provider: llama, file: models/x.gguf } }
resources: { budget: { tokens: 200k, wall: 10m, turns: 5 } }
agents:
  a: { role: r, model: voter:auth, domain: auth, maxWeight: 0.25 }
  w: { role: writer, model: big }
workflow:
  - id: m
    map: { over: [it's, 2], do: [{ id: d, decide: { question: q, options: [info, warning, error, critical], voters: [a] } }] }
  - id: g
    if: \${{ true }}
    group: { over: "\${{ steps.m.items }}", by: "\${{ item.index }}", order: ["\${{ group.count }}"] }
  - { id: w, ask: w, prompt: hi }
outputs: { r: { markdown: "x" }, v: [1, "\${{ steps.g.total }}"] }
`;
    expect((await checkText(text, "t.yaml", "/tasks/t.yaml")).plan).toEqual({
      version: 1,
      name: "t",
      inputs: {},
      models: {
        big: { provider: "llama", file: "/tasks/models/x.gguf", context: 4096, temperature: 0 },
        "voter:auth": { provider: "voter", voter: "auth" },
      },
      agents: {
        a: {
          name: "a",
          role: "r",
          model: "voter:auth",
          domain: "auth",
          maxWeightPpm: 250_000,
          maxTokens: 256,
          attempts: 2,
        },
        w: { name: "w", role: "writer", model: "big", maxTokens: 256, attempts: 2 },
      },
      steps: [
        {
          id: "m",
          type: "map",
          over: "${{ ['it\\'s', 2] }}",
          as: "item",
          concurrency: 32,
          steps: [
            {
              id: "d",
              type: "decide",
              question: "q",
              options: ["info", "warning", "error", "critical"],
              voters: ["a"],
              evidence: "",
              domain: "auth",
              rule: "classwise",
              tier: "standard",
              rounds: 0,
              thresholdPpm: 670_000,
              deadlineMs: 300_000,
            },
          ],
        },
        {
          id: "g",
          if: "${{ true }}",
          type: "group",
          over: "${{ steps.m.items }}",
          as: "item",
          by: "${{ item.index }}",
          order: [{ by: "${{ group.count }}", direction: "asc" }],
        },
        { id: "w", type: "ask", agent: "w", prompt: "hi" },
      ],
      outputs: {
        r: { type: "markdown", template: "x" },
        v: { type: "value", value: [1, "${{ steps.g.total }}"] },
      },
      budget: { tokens: 200_000, wallMs: 600_000, turns: 5 },
      coordinators: 3,
    });
  });

  test.each([
    ["voters: [a]", "one voter cannot settle a `standard` decision, which needs two heads"],
    ["voters: [a], tier: critical", undefined],
    ["voters: [a], tier: routine", undefined],
    ["voters: [a], rule: judge, judge: b", undefined],
    ["voters: [c, d]", "all that its voters may carry is 60 % of the share: it never settles"],
    ["voters: [c, d], tier: routine", undefined],
    [
      "voters: [c, d], tier: routine, rule: unanimity",
      "all that its voters may carry is 60 % of the share: it never settles",
    ],
    ["voters: [a, c, d]", undefined],
  ])("a decision that can never settle by itself is warned of: %s", async (decide, warning) => {
    const agents =
      "{ a: { role: r, model: m }, b: { role: r, model: m }, c: { role: r, model: m, maxWeight: 0.3 }, d: { role: r, model: m, maxWeight: 0.3 } }";
    const all = "{ id: e, decide: { question: q, options: [x, y], voters: [a, b, c, d] } }";
    const text = `version: 1\nname: t\nmodels: { m: { provider: scripted, replies: [{ text: x }] } }\nagents: ${agents}\nworkflow:\n  - { id: d, decide: { question: q, options: [x, y], ${decide} } }\n  - ${all}\n`;
    const { problems, warnings } = await checkText(text, "t.yaml", "/t.yaml");
    expect(problems).toEqual([]);
    expect(warnings.map(({ message }) => message)).toEqual(warning === undefined ? [] : [warning]);
  });

  test.each(["triage", "code-review"])("the example %s loads without a warning", async (name) => {
    const { plan, warnings } = await loadTask(join(examples, name, "task.yaml"), { inputs: {}, cwd: folder });
    expect(plan.name).toBe(name);
    expect(formatProblems(warnings, "warning")).toBe("");
  });
});
