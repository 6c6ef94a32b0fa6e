import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as turnOfTheLoop } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openLmdbLog } from "../../../../coordination/log/lmdb.ts";
import type { EventLog } from "../../../../coordination/log/log.ts";
import { runOf } from "../../../support/log-rows.ts";

const run = runOf("run-1");
let dir = "";
let log: EventLog;
const file = (): string => join(dir, "leases", "run-1.json");

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "swarm-lease-"));
  log = openLmdbLog({ dir });
});
afterEach(async () => {
  await log.close();
  rmSync(dir, { recursive: true, force: true });
});

test("a lease is a file that names this process, as long as it is held", () => {
  const lease = log.lease(run);
  const holder: unknown = JSON.parse(readFileSync(file(), "utf8"));
  expect(holder).toMatchObject({ pid: process.pid });
  lease.release();
  expect(existsSync(file())).toBe(false);
});

test.each([
  ["a pid that was given out again", { pid: process.pid, started: "1" }],
  ["a process that is gone", { pid: 2 ** 22 + 1 }],
  ["another boot", { boot: "00000000-0000-0000-0000-000000000000" }],
])("%s holds nothing", (_, change) => {
  log.lease(run).release();
  const lease = log.lease(run);
  const holder = JSON.parse(readFileSync(file(), "utf8"));
  expect(log.isAlive(run)).toBe(true);
  writeFileSync(file(), JSON.stringify({ ...holder, ...change }));
  expect(log.isAlive(run)).toBe(false);
  log.lease(run).release();
  lease.release();
});

test("a file that a power failure cut short names nobody", () => {
  mkdirSync(join(dir, "leases"));
  writeFileSync(file(), "");
  expect(log.isAlive(run)).toBe(false);
  log.lease(run).release();
});

test("a folder that takes no lease is said so", () => {
  writeFileSync(join(dir, "leases"), "");
  expect(() => log.lease(run)).toThrow(expect.objectContaining({ code: "HOME_UNUSABLE" }));
});

describe.skipIf(!existsSync("/proc/self/stat"))("as /proc tells", () => {
  const statOf = (pid: number): readonly string[] => {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  };
  const isAliveIn = (pid: number): boolean => {
    const lease = log.lease(run);
    const holder = JSON.parse(readFileSync(file(), "utf8"));
    writeFileSync(file(), JSON.stringify({ ...holder, pid, started: statOf(pid)[19] }));
    const isAlive = log.isAlive(run);
    lease.release();
    return isAlive;
  };
  const end = async (child: ChildProcess): Promise<void> => {
    const exit = once(child, "exit");
    child.kill("SIGKILL");
    await exit;
  };

  test("a process that has ended holds nothing, though nobody took note of its end yet", async () => {
    const parent = spawn("sh", ["-c", "sleep 600 & echo $!; exec sleep 600"], {
      stdio: ["ignore", "pipe", "ignore"],
    });
    const [told] = await once(parent.stdout, "data");
    const pid = Number(String(told));
    // A shell might take note of the end of its child; a program that knows of none does not.
    while (readFileSync(`/proc/${parent.pid ?? 0}/comm`, "utf8") !== "sleep\n") await turnOfTheLoop();
    process.kill(pid, "SIGKILL");
    while (statOf(pid)[0] !== "Z") await turnOfTheLoop();
    expect(isAliveIn(pid)).toBe(false);
    await end(parent);
  });

  test("a program may have any name", async () => {
    const program = join(dir, "a) Z (b");
    copyFileSync("/bin/sleep", program);
    chmodSync(program, 0o755);
    const child = spawn(program, ["600"]);
    await once(child, "spawn");
    const { pid = 0 } = child;
    expect(readFileSync(`/proc/${pid}/comm`, "utf8")).toBe("a) Z (b\n");
    expect(isAliveIn(pid)).toBe(true);
    await end(child);
  });
});
