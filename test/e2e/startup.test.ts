import { execFile } from "node:child_process";
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { crc32 } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

const built = resolve("dist", "bin");
const { version } = JSON.parse(readFileSync("package.json", "utf8"));

/** A copy of the built program, which each test may spoil. */
let root = "";
const bin = (...path: readonly string[]): string => join(root, "dist", "bin", ...path);
const userCache = (): string => join(root, "user", "swarm");

const swarm = async (...words: readonly string[]): Promise<string> => {
  const env = {
    ...process.env,
    XDG_CACHE_HOME: join(root, "user"),
    HOME: root,
    SWARM_HOME: join(root, "home"),
  };
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [bin("swarm.cjs"), ...words], {
    env,
  });
  expect(stderr).toBe("");
  return stdout;
};

/** Code in the form of the launcher's file: length, checksum, code. */
const sealed = (code: Buffer): Buffer => {
  const head = Buffer.alloc(8);
  head.writeUInt32LE(code.length, 0);
  head.writeUInt32LE(crc32(code), 4);
  return Buffer.concat([head, code]);
};

const caches = (folder: string): readonly string[] =>
  readdirSync(folder).filter((name) => name.includes(".cache"));

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "swarm-start-"));
  mkdirSync(bin(), { recursive: true });
  for (const name of ["swarm.cjs", "swarm-cli.cjs", "swarm-cli-check.cjs", "swarm-cli-later.cjs"])
    copyFileSync(join(built, name), bin(name));
  copyFileSync("package.json", join(root, "package.json"));
  symlinkSync(resolve("node_modules"), join(root, "node_modules"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

describe("the launcher", () => {
  test.each(["--version", "-V"])("answers %s without the bundle", async (flag) => {
    rmSync(bin("swarm-cli.cjs"));
    expect(await swarm(flag)).toBe(`${version}\n`);
  });

  test("is a program that can be run by its name", () => {
    expect(readFileSync(join(built, "swarm.cjs"), "utf8")).toMatch(/^#!\/usr\/bin\/env node\n/);
    expect(statSync(join(built, "swarm.cjs")).mode & 0o111).toBe(0o111);
  });

  test("leaves a code cache at the first run and only reads it at the next", async () => {
    const help = await swarm("--help");
    expect(help).toContain("swarm");
    const [cache = ""] = caches(bin());
    expect(caches(bin())).toHaveLength(1);
    const { ino } = statSync(bin(cache));
    expect(await swarm("--help")).toBe(help);
    expect(statSync(bin(cache)).ino).toBe(ino);
  });

  test("keeps a cache for each command, and none of one that got nowhere", async () => {
    await swarm("--help");
    await swarm("help", "run");
    await expect(swarm("runz")).rejects.toMatchObject({ code: 2 });
    await expect(swarm("show", "nothing")).rejects.toMatchObject({ code: 2 });
    expect(caches(bin())).toHaveLength(1);
    await swarm("runs", "--json");
    expect(new Set(caches(bin()).map((name) => name.split("-").at(-1)))).toEqual(
      new Set(["help.cache", "runs.cache"]),
    );
  });

  test.each([
    ["empty", () => Buffer.alloc(0)],
    ["cut short", (bytes: Buffer) => bytes.subarray(0, bytes.length / 2)],
    ["spoilt", (bytes: Buffer) => bytes.fill(7, bytes.length / 2, bytes.length / 2 + 64)],
    ["of another V8", () => sealed(Buffer.alloc(4096, 9))],
  ])("writes a cache that is %s again", async (_, spoil) => {
    const help = await swarm("--help");
    const [cache = ""] = caches(bin());
    const whole = readFileSync(bin(cache));
    writeFileSync(bin(cache), spoil(Buffer.from(whole)));
    expect(await swarm("--help")).toBe(help);
    expect(Math.abs(readFileSync(bin(cache)).length - whole.length)).toBeLessThan(whole.length / 4);
    const { ino } = statSync(bin(cache));
    expect(await swarm("--help")).toBe(help);
    expect(statSync(bin(cache)).ino).toBe(ino);
  });

  // A folder in the cache's place refuses a write even to root, whom permissions do not stop.
  const blockBeside = async (): Promise<void> => {
    await swarm("--help");
    const [cache = ""] = caches(bin());
    rmSync(bin(cache));
    mkdirSync(bin(cache));
  };

  test("keeps its cache in the user's folder where its own cannot be written", async () => {
    await blockBeside();
    const help = await swarm("--help");
    expect(caches(userCache())).toHaveLength(1);
    expect(await swarm("--help")).toBe(help);
    expect(caches(bin())).toHaveLength(1);
  });

  test("works without any place for a cache", async () => {
    await blockBeside();
    writeFileSync(join(root, "user"), "");
    expect(await swarm("--help")).toContain("swarm");
  });

  test("removes the caches of earlier bundles", async () => {
    writeFileSync(bin("swarm-cli-v20.0.0-x64-0123456789abcdef.cache"), "");
    await swarm("--help");
    expect(caches(bin()).filter((name) => name.includes("0123456789abcdef"))).toEqual([]);
  });
});
