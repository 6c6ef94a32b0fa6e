import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { reserveIn } from "../../../../coordination/log/reserve.ts";

let dir: string;
let path: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "swarm-reserve-"));
  path = join(dir, "data.mdb");
  writeFileSync(path, "pages");
});
afterEach(() => rmSync(dir, { recursive: true }));

test("zeros are put behind what is there, once for many commits", () => {
  const reserve = reserveIn({ path, usedBytes: () => 5 });
  reserve(100);
  const { size } = statSync(path);
  expect(size).toBeGreaterThan(64 * 1024);
  for (let commit = 0; commit < 20; commit += 1) reserve(100);
  const content = readFileSync(path);
  expect([
    content.length,
    content.toString("utf8", 0, 5),
    content.subarray(5).every((byte) => byte === 0),
  ]).toEqual([size, "pages", true]);
});

test("a reserve that is used up is renewed, by more as the file grows, and never for a reserve that is left", () => {
  let used = 5;
  const reserve = reserveIn({ path, usedBytes: () => used });
  for (let commit = 0; commit < 1_000; commit += 1) reserve(10_000);
  const idle = statSync(path).size;
  for (let commit = 0; commit < 1_000; commit += 1) {
    used += 10_000;
    reserve(10_000);
    expect(statSync(path).size).toBeGreaterThanOrEqual(used + 10_000);
  }
  expect(idle).toBeLessThan(200 * 1024);
  expect(statSync(path).size - used).toBeLessThan(1_200_000);
});
