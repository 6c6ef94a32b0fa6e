import { randomBytes } from "node:crypto";
import { cpSync, mkdirSync, mkdtempSync, rmSync, statSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { open } from "lmdb";
import { expect, test } from "vitest";
import { openEnv } from "../../../coordination/log/lmdb-env.ts";
import { openLmdbLog } from "../../../coordination/log/lmdb.ts";
import type { EventLog } from "../../../coordination/log/log.ts";
import { actorId } from "../../../coordination/protocol/ids.ts";
import { runOf, turnOf } from "../../support/log-rows.ts";
import { logContract } from "./contract.ts";

const tempDir = (): string => mkdtempSync(join(tmpdir(), "swarm-log-"));

logContract("the LMDB log", async () => {
  const root = tempDir();
  const logs: EventLog[] = [];
  let dir = join(root, "0");
  let failing = false;
  const openAnother = (): EventLog => {
    const log = openLmdbLog({
      dir,
      beforeCommit: () => {
        if (failing) throw new Error("EIO: i/o error");
      },
    });
    logs.push(log);
    return log;
  };
  return {
    log: openAnother(),
    // What a killed process leaves behind is what the file holds now: the kernel keeps all that was written.
    crash: async () => {
      const before = dir;
      dir = join(root, String(logs.length));
      cpSync(join(before, "data.mdb"), join(dir, "data.mdb"));
      return openAnother();
    },
    breakDisk: () => {
      failing = true;
    },
    dispose: async () => {
      await Promise.allSettled(logs.map((log) => log.close()));
      rmSync(root, { recursive: true });
    },
  };
});

const run = runOf("run-1");

/** A text that cannot be made smaller. */
const noise = (): string => randomBytes(256 * 1024).toString("base64");

const inDir = async (use: (dir: string) => Promise<void>): Promise<void> => {
  const dir = tempDir();
  try {
    await use(dir);
  } finally {
    rmSync(dir, { recursive: true });
  }
};

test("two logs on one home write two runs, and each reads both", () =>
  inDir(async (dir) => {
    const [one, two] = [openLmdbLog({ dir }), openLmdbLog({ dir })];
    for (let seq = 0; seq < 50; seq += 1) {
      await one.durable(runOf("a"), one.append(turnOf(runOf("a"), seq)));
      await two.durable(runOf("b"), two.append(turnOf(runOf("b"), seq)));
    }
    expect([one.summary(runOf("b"))?.rows, two.summary(runOf("a"))?.rows]).toEqual([50, 50]);
    expect([...one.read(runOf("b"))].length + [...two.read(runOf("a"))].length).toBe(100);
    await one.close();
    await two.close();
  }));

test("a writer that another has overtaken fails instead of mixing their rows; who takes the lease goes on from there", () =>
  inDir(async (dir) => {
    const [one, two] = [openLmdbLog({ dir }), openLmdbLog({ dir })];
    await one.durable(run, one.append(turnOf(run, 0)));
    await two.durable(run, two.append(turnOf(run, 1)));
    await expect(one.durable(run, one.append(turnOf(run, 9)))).rejects.toMatchObject({
      code: "LOG_WRITE_FAILED",
      message: expect.stringContaining("another process"),
    });
    await expect(one.close()).rejects.toMatchObject({ code: "LOG_WRITE_FAILED" });
    const three = openLmdbLog({ dir });
    three.lease(run);
    await three.durable(run, three.append(turnOf(run, 2)));
    const lease = (two.isAlive(run) ? undefined : two.lease(run)) ?? "held";
    expect(lease).toBe("held");
    await three.close();
    two.lease(run);
    expect(two.append(turnOf(run, 3))).toBe(3);
    await two.close();
  }));

test("the index of actors holds what another process wrote before", () =>
  inDir(async (dir) => {
    const actorAt = (seq: number): string => (seq % 100 === 0 ? "seldom" : "often");
    for (const first of [0, 700]) {
      const log = openLmdbLog({ dir });
      for (let seq = first; seq < first + 700; seq += 1) {
        const position = log.append(turnOf(run, seq, actorAt(seq)));
        if (seq % 50 === 49) await log.durable(run, position);
      }
      await log.close();
    }
    const log = openLmdbLog({ dir });
    const found = Array.from(log.read(run, { actor: actorId("seldom") }), ({ position }) => position);
    expect(found).toEqual(Array.from({ length: 14 }, (_, at) => 100 * at));
    await log.close();
  }));

test.each<[string, (bytes: Buffer) => void, string]>([
  ["a flipped bit", (bytes) => void (bytes[20] = (bytes[20] ?? 0) ^ 4), "LOG_CORRUPT"],
  ["a lost end", (bytes) => void bytes.fill(0, bytes.length - 40), "LOG_CORRUPT"],
  ["another beginning", (bytes) => void bytes.fill(0, 0, 4), "LOG_CORRUPT"],
])("%s in a chunk is an error that names the chunk", (_, damage, code) =>
  inDir(async (dir) => {
    const log = openLmdbLog({ dir });
    await log.durable(run, log.append(turnOf(run, 0)));
    await log.close();
    const db = open<Buffer, Uint8Array>({ path: dir, keyEncoding: "binary", encoding: "binary" });
    const key = Buffer.from([0x63, 0, 0, 0, 0, 0, 0, 0, 0]);
    const value = Buffer.from(db.getBinary(key) ?? []);
    damage(value);
    await db.put(key, value);
    await db.close();
    const again = openLmdbLog({ dir });
    expect(() => [...again.read(run)]).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining("chunk 0") }),
    );
    await again.close();
  }),
);

test("a file that lost what the newest transaction wrote is refused, whichever of its first two pages tells of that", () =>
  inDir(async (root) => {
    const [dir, copy] = [join(root, "whole"), join(root, "cut")];
    mkdirSync(copy);
    // Two transactions that follow each other are told on different pages.
    for (let seq = 0; seq < 4; seq += 1) {
      const log = openLmdbLog({ dir });
      const env = openEnv(dir);
      const { usedBytes } = env.space();
      await log.durable(run, log.append(turnOf(run, seq, "workflow", noise())));
      expect(env.space().usedBytes - usedBytes).toBeGreaterThan(128 * 1024);
      await log.close();
      await env.close();
      cpSync(join(dir, "data.mdb"), join(copy, "data.mdb"));
      truncateSync(join(copy, "data.mdb"), usedBytes);
      expect(() => openLmdbLog({ dir: copy })).toThrow(expect.objectContaining({ code: "LOG_CORRUPT" }));
    }
  }));

test("a file may lack 64 KiB at its end, which it has again once it is opened, and no more", () =>
  inDir(async (dir) => {
    const log = openLmdbLog({ dir });
    await log.durable(run, log.append(turnOf(run, 0, "workflow", noise())));
    await log.close();
    const env = openEnv(dir);
    const { usedBytes } = env.space();
    await env.close();
    const file = join(dir, "data.mdb");
    for (const missing of [1, 64 * 1024]) {
      truncateSync(file, usedBytes - missing);
      await openEnv(dir).close();
      expect(statSync(file).size).toBeGreaterThanOrEqual(usedBytes);
    }
    truncateSync(file, usedBytes - 64 * 1024 - 1);
    expect(() => openEnv(dir)).toThrow(expect.objectContaining({ code: "LOG_CORRUPT" }));
  }));

test("a folder that cannot be made is said so", () => {
  expect(() => openLmdbLog({ dir: "/dev/null/home" })).toThrow(
    expect.objectContaining({ code: "HOME_UNUSABLE" }),
  );
});
