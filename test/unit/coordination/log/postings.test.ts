import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { openEnv } from "../../../../coordination/log/lmdb-env.ts";
import { openLmdbLog } from "../../../../coordination/log/lmdb.ts";
import { postingsEveryRows } from "../../../../coordination/log/lmdb-write.ts";
import { postingsFrom } from "../../../../coordination/log/keys.ts";
import { actorId } from "../../../../coordination/protocol/ids.ts";
import { runOf, turnOf } from "../../../support/log-rows.ts";

const run = runOf("20261121-120000-a1b2");
const actors = ["workflow", "agent/a", "agent/b", "agent/rare"].map((name) => actorId(name));
const home = mkdtempSync(join(tmpdir(), "swarm-postings-"));
afterAll(() => rmSync(home, { recursive: true, force: true }));

/** The rare one has a row in a thousand. */
const actorOf = (index: number): string => actors[index % 1_000 === 999 ? 3 : index % 3] ?? "";

const rows = 3 * postingsEveryRows + 100;
const write = async (): Promise<void> => {
  const log = openLmdbLog({ dir: home });
  for (let index = 0; index < rows; index += 1) {
    const position = log.append(turnOf(run, index, actorOf(index)));
    if (index % 50 === 49) await log.durable(run, position);
  }
  await log.close();
};

const positionsOf = async (from: number): Promise<readonly (readonly number[])[]> => {
  const log = openLmdbLog({ dir: home });
  const found = actors.map((actor) => [...log.read(run, { actor, from })].map(({ position }) => position));
  await log.close();
  return found;
};

describe("the rows of one actor", () => {
  test("are the same with postings and in a home whose postings this build does not find", async () => {
    await write();
    const froms = [0, 1, postingsEveryRows, 2 * postingsEveryRows + 7, rows - 1];
    const withPostings = await Promise.all(froms.map(positionsOf));
    expect(withPostings[0]?.map(({ length }) => length).reduce((sum, each) => sum + each)).toBe(rows);
    expect(withPostings[0]?.[3]).toEqual([999, 1_999, 2_999]);

    const env = openEnv(home);
    const postings = env.entries(postingsFrom(run, 0));
    expect(postings.length).toBeGreaterThan(1);
    env.transact(0, () => {
      for (const { key } of postings) env.remove(Buffer.from(key));
    });
    await env.close();

    expect(await Promise.all(froms.map(positionsOf))).toEqual(withPostings);
  });
});
