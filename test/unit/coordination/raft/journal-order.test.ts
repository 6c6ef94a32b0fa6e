import type * as Files from "node:fs";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { openJournal } from "../../../../coordination/raft/journal.ts";

const done: string[] = vi.hoisted(() => []);

vi.mock("node:fs", async (original) => {
  const real = await original<typeof Files>();
  return {
    ...real,
    fsyncSync: (file: number): void => {
      done.push(real.fstatSync(file).isDirectory() ? "folder on disk" : "file on disk");
      real.fsyncSync(file);
    },
    renameSync: (from: string, to: string): void => {
      done.push("file in place");
      real.renameSync(from, to);
    },
  };
});

test("a fresh file is on disk before it takes the old one's place, and its name before anything is told", () => {
  const dir = mkdtempSync(join(tmpdir(), "swarm-journal-order-"));
  try {
    const journal = openJournal(dir);
    journal.transact(0, () => journal.put("k", Buffer.from("v")));
    void journal.close();
    void openJournal(dir).close();
    const once = ["file on disk", "file in place", "folder on disk"];
    expect(done).toEqual([...once, ...once]);
  } finally {
    rmSync(dir, { recursive: true });
  }
});
