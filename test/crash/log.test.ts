import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openLmdbLog } from "../../coordination/log/lmdb.ts";
import type { RunId } from "../../coordination/protocol/ids.ts";
import { canonical } from "../../coordination/protocol/json.ts";
import { often } from "../support/deep.ts";
import { bundled } from "../support/bundled.ts";
import { startLogProcess } from "../support/log-process.ts";
import { rowAt, runOf } from "../support/log-rows.ts";

let root: string;
let bundle: string;
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "swarm-crash-"));
  bundle = await bundled("test/support/log.program.ts", `log-${process.pid}`);
});
afterAll(() => {
  rmSync(root, { recursive: true });
  rmSync(bundle);
});

/** Opens the home afresh and holds each row of a run against what was written; gives their number. */
const checkRun = async (dir: string, run: RunId): Promise<number> => {
  const log = openLmdbLog({ dir });
  try {
    let count = 0;
    for (const { position, row } of log.read(run)) {
      if (position !== count || canonical(row) !== canonical(rowAt(run, position)))
        throw new Error(`row ${count} of ${run} is not what was written`);
      count += 1;
    }
    expect(log.summary(run)?.rows ?? 0).toBe(count);
    return count;
  } finally {
    await log.close();
  }
};

const acknowledged = (lines: readonly string[]): number =>
  lines.reduce((most, line) => Math.max(most, Number(line) + 1), 0);

const kills = often(25, 200);

test(
  `of ${kills} writers that are killed at random moments, none loses an acknowledged row`,
  { timeout: kills * 5_000 },
  async () => {
    const dir = join(root, "kill");
    for (let round = 0; round < kills; round += 1) {
      // Every second round goes on with the run of a dead writer, whose lease is free.
      const run = runOf(`run-${Math.floor(round / 2)}`);
      const child = startLogProcess(bundle, ["write", dir, run, "1000000"]);
      const killAfter = Math.floor(Math.random() * 150);
      let heard = 0;
      child.onLine(() => {
        if (heard === killAfter) child.kill();
        heard += 1;
      });
      const { lines, signal } = await child.ended;
      expect(signal).toBe("SIGKILL");
      expect(await checkRun(dir, run)).toBeGreaterThanOrEqual(acknowledged(lines));
    }
  },
);

test("a reader in another process follows a live writer, row by row", async () => {
  const dir = join(root, "follow");
  const run = runOf("live");
  const log = openLmdbLog({ dir });
  const stop = new AbortController();
  const child = startLogProcess(bundle, ["write", dir, run, "500"]);
  let next = 0;
  let sawLease = false;
  for await (const { position, row } of log.follow(run, { signal: stop.signal })) {
    expect(position).toBe(next);
    expect(canonical(row)).toBe(canonical(rowAt(run, position)));
    sawLease ||= log.isAlive(run);
    next += 1;
    if (next === 500) stop.abort();
  }
  const { code, lines } = await child.ended;
  expect([code, lines.length, next, sawLease, log.isAlive(run)]).toEqual([0, 500, 500, true, false]);
  await log.close();
});

test("a reader sees what another process committed since it read last, without a turn of the event loop between", async () => {
  const dir = join(root, "since");
  const run = runOf("since");
  const log = openLmdbLog({ dir });
  for (const rows of [3, 7]) {
    execFileSync(process.execPath, [bundle, "write", dir, run, String(rows)]);
    expect([log.summary(run)?.rows, [...log.read(run)].length]).toEqual([rows, rows]);
  }
  await log.close();
});

test("two processes write two runs in one home, and neither disturbs the other", async () => {
  const dir = join(root, "two");
  const [a, b] = [runOf("a"), runOf("b")];
  const ends = await Promise.all(
    [a, b].map((run) => startLogProcess(bundle, ["write", dir, run, "1000"]).ended),
  );
  expect(ends.map(({ code }) => code)).toEqual([0, 0]);
  expect([await checkRun(dir, a), await checkRun(dir, b)]).toEqual([1000, 1000]);
});

test("a run that a living process drives is refused to a second one", async () => {
  const dir = join(root, "lease");
  const run = runOf("held");
  const child = startLogProcess(bundle, ["write", dir, run, "1000000"]);
  await new Promise<void>((resolve) => child.onLine(() => resolve()));
  const log = openLmdbLog({ dir });
  expect(() => log.lease(run)).toThrow(
    expect.objectContaining({ code: "RUN_ALIVE", message: expect.stringContaining("process") }),
  );
  child.kill();
  await child.ended;
  expect(log.isAlive(run)).toBe(false);
  log.lease(run).release();
  await log.close();
});

/** Whether a small disk could be mounted in a folder. */
const mountSmallDisk = (dir: string): boolean => {
  mkdirSync(dir, { recursive: true });
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=4m", "tmpfs", dir], { stdio: "pipe" });
    return true;
  } catch (error) {
    process.stderr.write(
      `SKIPPED: no small disk could be mounted (${String(error)}); run as root to test on one\n`,
    );
    return false;
  }
};

test("on a disk that takes no writes a record is read, and a write is refused", async ({ skip }) => {
  const dir = join(root, "read-only");
  if (!mountSmallDisk(dir)) return skip();
  try {
    const run = runOf("archived");
    const words = async (...args: string[]) => (await startLogProcess(bundle, args).ended).lines.at(-1);
    await words("write", dir, run, "50");
    const read = await words("read", dir, run);
    expect(read).toMatch(/^rows 50 /);
    execFileSync("mount", ["-o", "remount,ro", dir], { stdio: "pipe" });
    expect(await words("read", dir, run)).toBe(read);
    expect(await words("write", dir, run, "51")).toBe("error HOME_UNUSABLE");
  } finally {
    execFileSync("umount", [dir]);
  }
});

test("a full disk is a clear error, the process lives, and all that was acknowledged is there", async ({
  skip,
}) => {
  const dir = join(root, "full");
  if (!mountSmallDisk(dir)) return skip();
  try {
    const run = runOf("full");
    const log = openLmdbLog({ dir });
    let acknowledgedRows = 0;
    const fill = async (): Promise<void> => {
      for (let next = 0; ; next += 1) {
        await log.durable(run, log.append(rowAt(run, next)));
        acknowledgedRows += 1;
      }
    };
    await expect(fill()).rejects.toMatchObject({
      code: "LOG_WRITE_FAILED",
      message: expect.stringContaining("free space"),
    });
    expect(acknowledgedRows).toBeGreaterThan(10);
    expect([...log.read(run)].length).toBe(acknowledgedRows);
    await expect(log.close()).rejects.toMatchObject({ code: "LOG_WRITE_FAILED" });
    expect(await checkRun(dir, run)).toBe(acknowledgedRows);
    execFileSync("mount", ["-o", "remount,size=16m", dir], { stdio: "pipe" });
    const again = openLmdbLog({ dir });
    await again.durable(run, again.append(rowAt(run, acknowledgedRows)));
    await again.close();
    expect(await checkRun(dir, run)).toBe(acknowledgedRows + 1);
  } finally {
    execFileSync("umount", [dir]);
  }
});

describe("damage", () => {
  const run = runOf("hurt");
  const rows = 400;
  const flips = often(25, 300);
  const digestOf = (count: number): string => {
    const digest = createHash("sha256");
    for (let position = 0; position < count; position += 1) digest.update(canonical(rowAt(run, position)));
    return digest.digest("hex");
  };

  const cuts = often(15, 150);

  test(
    `of ${cuts} homes that were cut off, each says so or gives all rows`,
    { timeout: cuts * 5_000 },
    async () => {
      const whole = join(root, "uncut");
      await startLogProcess(bundle, ["write", whole, run, String(rows)]).ended;
      const bytes = readFileSync(join(whole, "data.mdb"));
      const lengths = [1, 100, 4_096, 8_191, 8_192, 16_384, bytes.length - 1];
      while (lengths.length < cuts) lengths.push(Math.floor(Math.random() * bytes.length));
      for (const length of lengths) {
        const dir = join(root, `cut-${length}`);
        mkdirSync(dir);
        writeFileSync(join(dir, "data.mdb"), bytes.subarray(0, length));
        const { lines, signal } = await startLogProcess(bundle, ["read", dir, run]).ended;
        const [said = `died of ${signal}`] = lines;
        if (!said.startsWith("error") || !said.includes("LOG_CORRUPT"))
          expect(`${length}: ${said}`).toBe(`${length}: rows ${rows} ${digestOf(rows)}`);
        rmSync(dir, { recursive: true });
      }
    },
  );

  test(
    `of ${flips} homes with a flipped bit, none gives a wrong row`,
    { timeout: flips * 5_000 },
    async () => {
      const whole = join(root, "whole");
      await startLogProcess(bundle, ["write", whole, run, String(rows)]).ended;
      const outcomes: string[] = [];
      for (let flip = 0; flip < flips; flip += 1) {
        const dir = join(root, `flip-${flip}`);
        mkdirSync(dir);
        const file = join(dir, "data.mdb");
        copyFileSync(join(whole, "data.mdb"), file);
        const bytes = readFileSync(file);
        const at = Math.floor(Math.random() * bytes.length);
        bytes[at] = (bytes[at] ?? 0) ^ (1 << Math.floor(Math.random() * 8));
        writeFileSync(file, bytes);
        const { lines, signal } = await startLogProcess(bundle, ["read", dir, run]).ended;
        const [said = `died of ${signal}`] = lines;
        const [kind, count, digest] = said.split(" ");
        // LMDB's own pages have no checksum: damage there may end the reader or hide the newest commits, but what is read is true.
        if (kind === "rows" && digest !== digestOf(Number(count)))
          throw new Error(`a bit at ${at} gave wrong rows`);
        outcomes.push(
          kind === "rows" && Number(count) < rows ? "fewer rows" : kind === "error" ? said : (kind ?? ""),
        );
        rmSync(dir, { recursive: true });
      }
      expect(
        outcomes.filter(
          (outcome) => outcome.startsWith("error") && !/LOG_CORRUPT|HOME_UNUSABLE/.test(outcome),
        ),
      ).toEqual([]);
    },
  );
});
