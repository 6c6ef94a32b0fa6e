import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { open } from "lmdb";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { encodeChunk, openChunk } from "../../coordination/log/chunk.ts";
import { chunkKey, recordKey } from "../../coordination/log/keys.ts";
import { decodeRecord, encodeRecord } from "../../coordination/log/records.ts";
import { seal, unseal } from "../../coordination/log/seal.ts";
import { runId } from "../../coordination/protocol/ids.ts";
import { eventsIn, scratchFolder, swarm } from "../support/cli.ts";

const task = `version: 1
name: greet
models:
  canned: { provider: scripted, replies: [{ text: "yes", confidence: 0.8 }] }
agents:
  ann: { role: a greeter, model: canned }
  bob: { role: a sceptic, model: canned }
workflow:
  - id: verdict
    decide:
      question: Greet them all?
      options: ["yes", "no"]
      voters: [ann, bob]
      rule: majority
      tier: routine
outputs:
  verdict: "\${{ steps.verdict.winner }}"
`;

let cwd: string;
let run: string;
let rows: number;

beforeEach(async () => {
  cwd = scratchFolder(onTestFinished);
  writeFileSync(join(cwd, "task.yaml"), task);
  const ran = await swarm(["run", "task.yaml", "--json"], { cwd });
  expect(ran.code, ran.stderr).toBe(0);
  run = String(eventsIn(ran.stdout)[0]?.["run"]);
  rows = JSON.parse((await swarm(["show", "last", "--json"], { cwd })).stdout).rows;
});

type Edit = (text: string) => string;

const withDatabase = async (
  use: (
    chunks: readonly Buffer[],
    put: (key: Uint8Array, value: Buffer) => Promise<boolean>,
    record: Buffer,
  ) => Promise<void>,
) => {
  const path = join(cwd, ".swarm", "log");
  const db = open<Buffer, Uint8Array>({ path, keyEncoding: "binary", encoding: "binary" });
  const chunks: Buffer[] = [];
  for (
    let value = db.getBinary(chunkKey(0));
    value !== undefined;
    value = db.getBinary(chunkKey(chunks.length))
  )
    chunks.push(Buffer.from(value));
  await use(
    chunks,
    (key, value) => db.put(key, value),
    Buffer.from(db.getBinary(recordKey(runId(run))) ?? []),
  );
  await db.close();
};

/** Changes the rows in place, as someone does who knows of the checksum and not of the hash chain. */
const editRows = (edit: Edit) =>
  withDatabase(async (chunks, put) => {
    for (const [sequence, value] of chunks.entries())
      await put(chunkKey(sequence), seal(Buffer.from(edit(unseal(value, "x").toString()))));
  });

/** Changes the rows and all that vouches for them: as if other code had written the run. */
const rewriteRows = (edit: Edit) =>
  withDatabase(async (chunks, put, record) => {
    let hash = "0".repeat(64);
    for (const [sequence, value] of chunks.entries()) {
      const { rows: packed } = openChunk(value, sequence)(runId(run));
      const additions = packed.map(({ actor, text }) => ({ actor, text: edit(text), blobs: [] }));
      const first = packed[0]?.position ?? 0;
      const chunk = encodeChunk(sequence, [{ run: runId(run), first, rows: additions, previous: hash }]);
      hash = chunk.linked[0]?.[1] ?? "";
      await put(chunkKey(sequence), chunk.value);
    }
    await put(recordKey(runId(run)), encodeRecord({ ...decodeRecord(record, "x"), hash }));
  });

const replay = (...words: readonly string[]) => swarm(["replay", "last", ...words], { cwd });

/** What an agent was asked. */
const otherQuestion: Edit = (text) => text.replaceAll("Greet them all?", "Greet them now?");

test("rows that other code would have written are a divergence, with row, field and both values", async () => {
  await rewriteRows((text) =>
    text.replace('"type":"endRun","outcome":"done"', '"type":"endRun","outcome":"lost"'),
  );
  const { code, stdout, stderr } = await replay();
  expect({ code, stderr }).toEqual({ code: 7, stderr: "" });
  expect(stdout).toMatch(/^diverged at row \d+ \(workflow#\d+\), field effects\[\d\]\.outcome\n/);
  expect(stdout).toContain('\n  recorded: "lost"\n  replayed: "done"\n  likely: the code that decides');
  expect(stdout).toMatch(/the last rows that agree:\n( {4}\S+#\d+ \S+\n){5}$/);

  const json = await replay("--json");
  expect(json.code).toBe(7);
  expect(JSON.parse(json.stdout)).toMatchObject({
    run,
    type: "diverged",
    divergence: { actor: "workflow", recorded: "lost", replayed: "done" },
    broken: [],
    exit: 7,
  });
});

test("a row that was changed in place is named, with field and both values, as the cause of the divergence", async () => {
  await editRows((text) =>
    text.replace('"type":"endRun","outcome":"done"', '"type":"endRun","outcome":"lost"'),
  );
  const { code, stdout, stderr } = await replay();
  expect({ code, stderr }).toEqual({ code: 7, stderr: "" });
  expect(stdout).toMatch(/^diverged at row \d+ \(workflow#\d+\), field effects\[\d\]\.outcome\n/);
  expect(stdout).toContain('\n  recorded: "lost"\n  replayed: "done"\n');
  expect(stdout).toMatch(
    /likely: the record was changed after it was written: its hash chain is broken at rows? \d+/,
  );

  const json = await replay("--json");
  expect(json.code).toBe(7);
  const { divergence, broken } = JSON.parse(json.stdout);
  expect(divergence).toMatchObject({ recorded: "lost", replayed: "done" });
  expect(broken).toHaveLength(1);
  expect(broken[0].first).toBeLessThanOrEqual(divergence.position);
  expect(broken[0].last).toBeGreaterThanOrEqual(divergence.position);
});

test("a changed row that decides nothing breaks the chain all the same", async () => {
  await editRows((text) => text.replace('"name":"greet"', '"name":"great"'));
  const { code, stdout, stderr } = await replay();
  expect({ code, stderr }).toEqual({ code: 7, stderr: "" });
  expect(stdout).toMatch(
    /^no difference in \d+ rows, but the record was changed .* hash chain is broken at rows? 0/,
  );
  const json = await replay("--json");
  expect(json.code).toBe(7);
  expect(JSON.parse(json.stdout)).toMatchObject({ run, type: "broken", rows, exit: 7 });
});

test("a row that was changed to nonsense is a divergence, too", async () => {
  await editRows((text) => text.replace('"input":{"type":"run.', '"input":x"type":"run.'));
  const { code, stdout, stderr } = await replay();
  expect({ code, stdout }).toEqual({ code: 7, stdout: "" });
  expect(stderr).toMatch(/^swarm: run \S+ cannot be replayed .*hash chain is broken at rows? \d+/);
});

test("other commands refuse rows that were changed", async () => {
  await editRows(otherQuestion);
  const { code, stderr } = await swarm(["report", "last"], { cwd });
  expect(code).toBe(1);
  expect(stderr).toMatch(/were changed after they were written/);
});
