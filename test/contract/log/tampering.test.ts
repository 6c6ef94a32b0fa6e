import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { open } from "lmdb";
import { afterEach, beforeEach, expect, test } from "vitest";
import { encodeChunk, openChunk } from "../../../coordination/log/chunk.ts";
import { encodeRow, sha256 } from "../../../coordination/log/codec.ts";
import { blobKey, chunkKey, placeKey, snapshotKey } from "../../../coordination/log/keys.ts";
import type { RowRange } from "../../../coordination/log/log.ts";
import { openLmdbLog } from "../../../coordination/log/lmdb.ts";
import { seal, unseal } from "../../../coordination/log/seal.ts";
import { runOf, turnOf } from "../../support/log-rows.ts";

const run = runOf("run-1");

let dir: string;
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), "swarm-log-"));
  const log = openLmdbLog({ dir });
  for (let seq = 0; seq < 6; seq += 2) {
    log.append(turnOf(run, seq));
    await log.durable(run, log.append(turnOf(run, seq + 1)));
  }
  await log.close();
});
afterEach(() => rmSync(dir, { recursive: true }));

const sectionIn = (value: Buffer, sequence: number) => openChunk(value, sequence)(run);

/** The chunk as a forger writes it who knows the format: checksum and hash fit the rows. */
const forged = (value: Buffer, sequence: number, seqs: readonly number[]): Buffer => {
  const { previous, rows } = sectionIn(value, sequence);
  const first = rows[0]?.position ?? 0;
  const additions = seqs.map((seq) => encodeRow(turnOf(run, seq)));
  return encodeChunk(sequence, [{ run, first, rows: additions, previous }]).value;
};

const edited = (value: Buffer): Buffer =>
  seal(Buffer.from(unseal(value, "x").toString().replace('"seq":2', '"seq":7')));

type Tamper = (chunks: readonly Buffer[]) => readonly (Buffer | undefined)[];

const openRaw = () => open<Buffer, Uint8Array>({ path: dir, keyEncoding: "binary", encoding: "binary" });

const tamperWith = async (tamper: Tamper) => {
  const db = openRaw();
  const chunks = [0, 1, 2].map((sequence) => Buffer.from(db.getBinary(chunkKey(sequence)) ?? []));
  for (const [sequence, value] of tamper(chunks).entries())
    if (value !== undefined) await db.put(chunkKey(sequence), value);
  await db.close();
};

test.each<[string, Tamper, string]>([
  ["edited", ([a, b, c]) => [a, b && edited(b), c], "rows 2 to 3 were changed"],
  ["changed and hashed anew", ([a, b, c]) => [a, b && forged(b, 1, [2, 9]), c], "rows 4 to 5 were changed"],
  ["changed at the end and hashed anew", ([a, b, c]) => [a, b, c && forged(c, 2, [4, 9])], "its record"],
  ["moved", ([a, b, c]) => [a, b && forged(b, 1, [3, 2]), c], "rows 4 to 5 were changed"],
  ["removed", ([a, b, c]) => [a, b && forged(b, 1, [2]), c], "rows 4 to 5 were changed"],
  ["added", ([a, b, c]) => [a, b && forged(b, 1, [2, 3, 9]), c], "rows 4 to 5 were changed"],
])("rows that were %s break the chain", async (_, tamper, says) => {
  await tamperWith(tamper);
  const log = openLmdbLog({ dir });
  expect(() => [...log.read(run)]).toThrow(
    expect.objectContaining({ code: "LOG_CORRUPT", message: expect.stringContaining(says) }),
  );
  await log.close();
});

test("rows at the end that the index has lost are missed", async () => {
  const db = openRaw();
  await db.remove(placeKey(run, 4));
  await db.close();
  const log = openLmdbLog({ dir });
  expect(() => [...log.read(run)]).toThrow(/row 4 is missing/);
  await log.close();
});

test("a long text that was changed has another hash", async () => {
  const text = "long ".repeat(200);
  const before = openLmdbLog({ dir });
  await before.durable(run, before.append(turnOf(run, 6, "workflow", text)));
  await before.close();
  const db = openRaw();
  await db.put(blobKey(sha256(text)), seal(Buffer.from(text.replace("long", "none"))));
  await db.close();
  const log = openLmdbLog({ dir });
  expect(() => [...log.read(run)]).toThrow(/content has another hash/);
  await log.close();
});

test("a snapshot that is damaged is passed over for the one before it", async () => {
  const before = openLmdbLog({ dir });
  for (const position of [2, 5]) {
    before.saveSnapshot(run, { position, state: position });
    const seq = position === 2 ? 6 : 7;
    await before.durable(run, before.append(turnOf(run, seq)));
  }
  await before.close();
  const db = openRaw();
  await db.put(snapshotKey(run, 5), Buffer.from("SWRM"));
  await db.close();
  const log = openLmdbLog({ dir });
  expect(log.latestSnapshot(run)).toEqual({ position: 2, state: 2 });
  await log.close();
});

test("who is told where the chain breaks reads on", async () => {
  await tamperWith(([a, b, c]) => [a, b && edited(b), c]);
  const log = openLmdbLog({ dir });
  const broken: RowRange[] = [];
  const onBroken = (rows: RowRange) => void broken.push(rows);
  const seqs = [...log.read(run, { onBroken })].map(({ row }) => (row.type === "turn" ? row.seq : undefined));
  expect(seqs).toEqual([0, 1, 7, 3, 4, 5]);
  expect(broken).toEqual([{ first: 2, last: 3 }]);
  await log.close();
});

test("rows that nobody touched are read", async () => {
  const log = openLmdbLog({ dir });
  expect([...log.read(run)].length).toBe(6);
  expect([...log.read(run, { from: 3 })].length).toBe(3);
  await log.close();
});
