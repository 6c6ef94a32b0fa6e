import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { onTestFinished, expect, test } from "vitest";
import { scratchFolder } from "../../support/cli.ts";
import { findingsInDockerfile, stagesIn } from "./dockerfile.ts";

const text = readFileSync("deploy/Dockerfile", "utf8");
const { scripts } = JSON.parse(readFileSync("package.json", "utf8")) as { scripts: Record<string, string> };
const allowed = readFileSync("deploy/Dockerfile.dockerignore", "utf8")
  .split("\n")
  .flatMap((line) => (line.startsWith("!") ? [line.slice(1)] : []));
const context = {
  exists: (path: string) =>
    existsSync(path) &&
    allowed.some((each) => path === each || path.startsWith(`${each}/`) || each.startsWith(`${path}/`)),
  scripts: Object.keys(scripts),
};

test("the Dockerfile copies what is there, and runs what it has copied", () => {
  expect(findingsInDockerfile(text, context)).toEqual([]);
});

test.each([
  ["a source that is not there", "COPY actors actors", "COPY actor actors", "COPY actor:"],
  ["a source that is ignored", "COPY cli cli", "COPY cli cli\nCOPY test test", "COPY test:"],
  ["a stage that is not there", "--from=build", "--from=built", "--from=built"],
  ["a script that is not there", "npm run build", "npm run built", "npm run built"],
  ["root", "USER node\n", "", "runs as root"],
  [
    "an entry point that nobody made",
    'ENTRYPOINT ["swarm"]',
    'ENTRYPOINT ["swarms"]',
    "the entry point swarms",
  ],
  ["a shell in between", 'ENTRYPOINT ["swarm"]', "ENTRYPOINT swarm", "through a shell"],
  ["an instruction that there is not", "EXPOSE", "EXPOSED", "no instruction EXPOSED"],
  ["any version of Node", "FROM node:20-bookworm-slim\n", "FROM node:latest\n", "names no version"],
])("%s is found", (_, from, to, finding) => {
  expect(text).toContain(from);
  expect(findingsInDockerfile(text.replaceAll(from, to), context).join("\n")).toContain(finding);
});

test("what the stages copy is enough to build swarm and to run it", () => {
  const folder = scratchFolder(onTestFinished);
  const [build, image] = stagesIn(text);
  const copy = (paths: readonly string[], from: string, to: string): void => {
    for (const path of paths) {
      mkdirSync(dirname(join(to, path)), { recursive: true });
      cpSync(join(from, path), join(to, path), { recursive: true });
    }
  };
  const [building, running] = [join(folder, "build"), join(folder, "image")];
  copy(build?.copies.flatMap(({ sources }) => sources) ?? [], ".", building);
  symlinkSync(resolve("node_modules"), join(building, "node_modules"));
  const built = spawnSync("npm", ["run", "build"], { cwd: building, encoding: "utf8" });
  expect(built.status, built.stderr).toBe(0);
  for (const { from, sources } of image?.copies ?? []) {
    const paths = sources
      .map((path) => path.replace(/^\/app\//, ""))
      .filter((path) => path !== "node_modules");
    copy(paths, from === undefined ? "." : building, running);
  }
  symlinkSync(resolve("node_modules"), join(running, "node_modules"));
  const words = [join(running, "dist/bin/swarm.cjs"), "run", resolve("deploy/task/task.yaml")];
  const env = { ...process.env, SWARM_HOME: join(folder, "home") };
  const ran = spawnSync(process.execPath, words, { cwd: folder, env, encoding: "utf8" });
  expect(ran.status, ran.stderr).toBe(0);
  expect(JSON.parse(ran.stdout)).toHaveProperty("severity");
});
