import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openJournalRaftStore } from "../../coordination/raft/store-journal.ts";
import { openLmdbRaftStore } from "../../coordination/raft/store-lmdb.ts";
import { often } from "../support/deep.ts";
import { startLogProcess } from "../support/log-process.ts";
import { bundled } from "../support/bundled.ts";
import { digestOf, modelOf, scriptOf, type Model } from "../support/raft-store-script.ts";

let root: string;
let bundle: string;
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "swarm-raft-crash-"));
  bundle = await bundled("test/support/raft-store.program.ts", `raft-store-${process.pid}`);
});
afterAll(() => {
  rmSync(root, { recursive: true });
  rmSync(bundle);
});

type Kind = { readonly name: string; readonly file: string; readonly open: typeof openLmdbRaftStore };

const kinds: readonly Kind[] = [
  { name: "lmdb", file: "data.mdb", open: openLmdbRaftStore },
  { name: "journal", file: "journal", open: openJournalRaftStore },
];

const stored = async ({ open }: Kind, dir: string): Promise<Model> => {
  const store = open({ dir, group: "g" });
  try {
    return modelOf(store);
  } finally {
    await store.close();
  }
};

/** What stands on the disk before each step, as far as somebody asked. */
const modelsOf = (seed: number): ((step: number) => Model) => {
  const script = scriptOf(seed);
  const models: Model[] = [];
  return (step) => {
    for (let next = models.length; next <= step; next += 1) {
      const { value } = script.next();
      if (value !== undefined) models.push(value.before);
    }
    const found = models[step];
    if (found === undefined) throw new Error("a script ended");
    return found;
  };
};

const kills = often(15, 400);

test.each(kinds)(
  `$name: of ${kills} writers that are killed at random moments, none loses what it acknowledged or leaves half a step`,
  { timeout: kills * 5_000 },
  async (kind) => {
    let dir = "";
    let seed = 0;
    let modelBefore = modelsOf(seed);
    let from = 0;
    for (let round = 0; round < kills; round += 1) {
      // Each goes on where the disk of the dead one stands; now and then one begins a new disk.
      if (round % 10 === 0) {
        dir = join(root, `kill-${kind.name}-${round}`);
        seed = Math.floor(Math.random() * 1_000_000);
        modelBefore = modelsOf(seed);
        from = 0;
      }
      const words = ["write", dir, String(seed), String(from), "1000000"];
      const child = startLogProcess(bundle, words, { RAFT_STORE: kind.name });
      const killAfter = Math.floor(Math.random() * 60);
      let heard = 0;
      child.onLine(() => {
        if (heard === killAfter) child.kill();
        heard += 1;
      });
      const { lines, signal } = await child.ended;
      expect([signal, lines.filter((line) => !/^\d+$/.test(line))]).toEqual(["SIGKILL", []]);
      const acknowledged = Number(lines.at(-1)) + 1;
      const found = await stored(kind, dir);
      // The step after the last that was acknowledged may be there as well, but all of it.
      const whole = [acknowledged, acknowledged + 1].find((step) => sameModel(found, modelBefore(step)));
      expect(whole, `seed ${seed}, after ${acknowledged} steps`).toBeDefined();
      from = whole ?? acknowledged;
    }
  },
);

const sameModel = (one: Model, other: Model): boolean =>
  JSON.stringify([...one]) === JSON.stringify([...other]);

/** A small disk, or why there is none. */
const mountSmallDisk = (dir: string): string | undefined => {
  mkdirSync(dir, { recursive: true });
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=8m", "tmpfs", dir], { stdio: "pipe" });
    return undefined;
  } catch (error) {
    return String(error);
  }
};

test.for(kinds)(
  "$name: a full disk is a clear error, the process lives, and all that was acknowledged is there",
  async ({ name, open }, { skip }) => {
    const dir = join(root, `full-${name}`);
    const reason = mountSmallDisk(dir);
    if (reason !== undefined)
      process.stderr.write(
        `SKIPPED: no small disk could be mounted (${reason}); run as root to test a full disk\n`,
      );
    if (reason !== undefined) return skip();
    try {
      const store = open({ dir, group: "g" });
      const data = "x".repeat(50_000);
      let last = 0;
      const append = (): void => {
        const entries = [{ index: last + 1, term: 1, payload: { type: "command", id: "c", data } as const }];
        const write = { token: 1, hardState: null, snapshot: null, truncateFrom: null, entries };
        store.write([
          { node: 1, write },
          { node: 2, write },
        ]);
        last += 1;
      };
      const full = expect.objectContaining({
        code: "LOG_WRITE_FAILED",
        message: expect.stringContaining("free space"),
      });
      expect(() => {
        while (true) append();
      }).toThrow(full);
      expect(last).toBeGreaterThan(10);
      expect(append).toThrow(full);
      const lengths = (): readonly number[] => [1, 2].map((node) => store.load(node).entries.length);
      expect(lengths()).toEqual([last, last]);
      await store.close();
      execFileSync("mount", ["-o", "remount,size=32m", dir], { stdio: "pipe" });
      const again = open({ dir, group: "g" });
      expect([1, 2].map((node) => again.load(node).entries.length)).toEqual([last, last]);
      await again.close();
    } finally {
      execFileSync("umount", [dir]);
    }
  },
);

describe("damage", () => {
  const steps = 300;
  const flips = often(20, 400);

  test.each(kinds)(
    `$name: of ${flips} disks with a flipped bit, none gives a replica anything but what it once wrote`,
    { timeout: flips * 5_000 },
    async ({ name, file: fileName }) => {
      const env = { RAFT_STORE: name };
      const whole = join(root, `whole-${name}`);
      await startLogProcess(bundle, ["write", whole, "7", "0", String(steps)], env).ended;
      // Before the first reading, which may write the file anew.
      const bytesOf = readFileSync(join(whole, fileName));
      const modelBefore = modelsOf(7);
      const once = new Set<string>();
      for (let step = 0; step <= steps; step += 1)
        for (const [node, expected] of modelBefore(step)) once.add(`node ${node} ${digestOf(expected)}`);
      const last = [...modelBefore(steps)].map(([node, expected]) => `node ${node} ${digestOf(expected)}`);
      const intact = await startLogProcess(bundle, ["read", whole], env).ended;
      expect(intact.lines).toEqual(last);
      for (let flip = 0; flip < flips; flip += 1) {
        const dir = join(root, `flip-${name}-${flip}`);
        mkdirSync(dir);
        const bytes = Buffer.from(bytesOf);
        const at = Math.floor(Math.random() * bytes.length);
        bytes[at] = (bytes[at] ?? 0) ^ (1 << Math.floor(Math.random() * 8));
        writeFileSync(join(dir, fileName), bytes);
        const { lines } = await startLogProcess(bundle, ["read", dir], env).ended;
        // LMDB's own pages have no checksum: damage there may end the reader or hide the newest writes of all, but what is read is true.
        const wrong = lines.filter(
          (line) => !once.has(line) && !/^error (LOG_CORRUPT|LOG_VERSION|HOME_UNUSABLE)$/.test(line),
        );
        expect(wrong, `a bit at ${at}`).toEqual([]);
        rmSync(dir, { recursive: true });
      }
    },
  );
});
