import { execFile } from "node:child_process";
import { copyFileSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { root } from "./sources.ts";

const planted = [
  [
    "typescript(no-floating-promises)",
    "const f = async (): Promise<void> => {};\nexport const g = (): void => { f(); };\n",
  ],
  ["typescript(no-misused-promises)", "export const g = (): void => { [1].forEach(async () => {}); };\n"],
  ["typescript(no-explicit-any)", "export const x = (y: any): unknown => y;\n"],
  ["typescript(no-non-null-assertion)", "export const x = (y: readonly string[]): string => y[0]!;\n"],
  ["eslint(eqeqeq)", "export const x = (y: number): boolean => y == 1;\n"],
  ["import(no-default-export)", "export default 1;\n"],
] as const;

let folder = "";
let report = "";

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "swarm-lint-"));
  planted.forEach(([, text], at) => writeFileSync(join(folder, `planted-${at}.ts`), text));
  for (const name of [".oxlintrc.json", "package.json"]) copyFileSync(join(root, name), join(folder, name));
  writeFileSync(
    join(folder, "tsconfig.json"),
    JSON.stringify({ extends: join(root, "tsconfig.json"), include: ["*.ts"] }),
  );
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  const oxlint = join(root, "node_modules", "oxlint", "bin", "oxlint");
  report = await promisify(execFile)(process.execPath, [oxlint, "--type-aware", "--format", "unix"], {
    cwd: folder,
  }).then(
    ({ stdout }) => stdout,
    (error: { stdout: string }) => error.stdout,
  );
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.each(planted.map(([rule], at) => [rule, at] as const))("the linter finds %s", (rule, at) => {
  expect(
    report.split("\n").filter((line) => line.includes(`planted-${at}.ts`) && line.includes(rule)),
  ).not.toEqual([]);
});
