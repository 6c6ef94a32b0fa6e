import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { scratchFolder, swarm } from "../support/cli.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const readme = readFileSync(join(root, "README.md"), "utf8");

test("the snippet of the README runs as it stands, against the package as it is published", () => {
  const [, snippet = ""] = /```ts\n([\s\S]*?)```/.exec(readme) ?? [];
  const folder = scratchFolder(onTestFinished);
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(root, join(folder, "node_modules", "swarm"), "dir");
  writeFileSync(join(folder, "snippet.mjs"), snippet);
  const printed = execFileSync(process.execPath, ["snippet.mjs"], { cwd: folder, encoding: "utf8" });
  expect(printed).toMatch(/^(done|not-settled) \{/);
  expect(printed).toContain("voter: 'storage'");
});

test(
  "the main command of the README ends in a ranked report with votes, confidence, dissent and the run id",
  { timeout: 240_000 },
  async () => {
    expect(readme).toContain("node dist/bin/swarm.cjs run docs/examples/triage/task.yaml\n");
    const home = join(scratchFolder(onTestFinished), "home");
    const { code, stdout, stderr } = await swarm(["run", "docs/examples/triage/task.yaml"], {
      cwd: root,
      home,
    });
    const id = /^run ([\w-]+): triage/m.exec(stderr)?.[1] ?? "no run id";
    expect(code).toBe(0);
    expect(stdout).toContain(id);
    expect(stdout).toMatch(/\| # \| severity \| area \| lines \| confidence \| share \| votes \| dissent \|/);
    expect(stdout.match(/^\| \d+ \| (critical|error|warning) \|/gm)?.length).toBeGreaterThan(5);
    expect((await swarm(["replay", id], { cwd: root, home })).stdout).toMatch(/^identical, \d+ rows\n$/);
  },
);

test("a quite different task runs over the same code", async () => {
  const cwd = scratchFolder(onTestFinished);
  const { code, stdout } = await swarm(["run", join(root, "docs/examples/code-review/task.yaml"), "--json"], {
    cwd,
  });
  expect([0, 3]).toContain(code);
  expect(stdout.trim().split("\n").at(-1)).toContain('"type":"run.finished"');
});
