import { setImmediate as turnOfTheLoop } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { bufferedLog } from "../../../../coordination/log/buffered.ts";
import { decodeRow, type EncodedRow } from "../../../../coordination/log/codec.ts";
import type { Store } from "../../../../coordination/log/store.ts";
import { SwarmError } from "../../../../coordination/protocol/errors.ts";
import type { RunId } from "../../../../coordination/protocol/ids.ts";
import { runOf, turnOf } from "../../../support/log-rows.ts";

const storeWhoseLease = (throws: Error): Store => ({
  rows: () => 0,
  commit: () => undefined,
  read: () => [],
  blob: () => "",
  runs: () => [],
  snapshot: () => undefined,
  lease: () => {
    throw throws;
  },
  isAlive: () => false,
  close: () => Promise.resolve(),
});

const leaseFrom = (store: Store) => () =>
  bufferedLog(store, { soon: setImmediate, later: setImmediate }).log.lease(runOf("run-1"));

test("a lease that a full disk refuses says so, and what to do", () => {
  expect(leaseFrom(storeWhoseLease(new Error("ENOSPC: no room")))).toThrow(
    expect.objectContaining({
      code: "LOG_WRITE_FAILED",
      message: expect.stringMatching(/ENOSPC.*free space/),
    }),
  );
});

test("a run that is being driven stays what it is", () => {
  const alive = new SwarmError("RUN_ALIVE", "driven by another");
  expect(leaseFrom(storeWhoseLease(alive))).toThrow(alive);
});

/** A log over a store that remembers its commits, and whose commits run when told to. */
const scripted = (failure?: Error) => {
  const rows = new Map<RunId, EncodedRow[]>();
  const commits: (readonly RunId[])[] = [];
  const rowsOf = (run: RunId): EncodedRow[] => rows.get(run) ?? [];
  const store: Store = {
    ...storeWhoseLease(new Error("nobody asks")),
    rows: (run) => rowsOf(run).length,
    commit: ({ additions }) => {
      if (failure !== undefined) throw failure;
      commits.push(additions.map(({ run }) => run));
      for (const { run, rows: added } of additions) rows.set(run, [...rowsOf(run), ...added]);
    },
    read: (run, from, end) =>
      rowsOf(run)
        .slice(from, end)
        .map(({ text }, at) => ({ position: from + at, ...decodeRow(text, () => "") })),
  };
  let due: (() => void)[] = [];
  const wait = (commit: () => void): void => void due.push(commit);
  const { log } = bufferedLog(store, { soon: wait, later: () => undefined });
  const commitNow = (): void => {
    const all = due;
    due = [];
    for (const commit of all) commit();
  };
  return { log, commits, commitNow };
};

const [a, b] = [runOf("run-a"), runOf("run-b")];

describe("a group commit", () => {
  test("has the runs that somebody waits for, and the others wait on", async () => {
    const { log, commits, commitNow } = scripted();
    const durable = log.durable(a, log.append(turnOf(a, 0)));
    log.append(turnOf(b, 0));
    commitNow();
    await durable;
    expect(commits).toEqual([[a]]);
  });

  test("has all of them where many rows wait", async () => {
    const { log, commits, commitNow } = scripted();
    for (let seq = 0; seq < 4_096; seq += 1) log.append(turnOf(b, seq));
    const durable = log.durable(a, log.append(turnOf(a, 0)));
    commitNow();
    await durable;
    expect(commits).toEqual([[b, a]]);
  });

  test.each([
    ["rows", 1_500, 1],
    ["characters", 1, 3 * 1024 * 1024],
  ])("leaves the others to wait however many %s it has written before", async (_, rows, chars) => {
    const { log, commits, commitNow } = scripted();
    log.append(turnOf(b, 0));
    for (let round = 0; round < 4; round += 1) {
      let last = -1;
      for (let seq = 0; seq < rows; seq += 1)
        last = log.append(turnOf(a, seq, "workflow", "x".repeat(chars)));
      const durable = log.durable(a, last);
      commitNow();
      await durable;
    }
    expect(commits).toEqual([[a], [a], [a], [a]]);
  });

  test("is not waited for by who asks about a row that is on disk", async () => {
    const { log, commits, commitNow } = scripted();
    const position = log.append(turnOf(a, 0));
    const durable = log.durable(a, position);
    commitNow();
    await durable;
    log.append(turnOf(a, 1));
    const known = log.durable(a, position).then(() => "durable");
    expect(await Promise.race([known, turnOfTheLoop("waits")])).toBe("durable");
    expect(commits).toHaveLength(1);
  });

  test("comes at once where rows that wait take much memory, and the append that fails by it says so", () => {
    const large = turnOf(a, 0, "workflow", "x".repeat(3 * 1024 * 1024));
    const { log, commits } = scripted();
    log.append(large);
    expect(commits).toEqual([]);
    log.append(large);
    expect(commits).toEqual([[a]]);
    const full = scripted(new Error("ENOSPC: no room")).log;
    const twice = (): void => [large, large].forEach((row) => full.append(row));
    expect(twice).toThrow(expect.objectContaining({ code: "LOG_WRITE_FAILED" }));
  });
});

test("who follows a run again gets what was appended meanwhile, each row once and at its place", async () => {
  const { log, commitNow } = scripted();
  const first = new AbortController();
  const left = log.follow(a, { signal: first.signal })[Symbol.asyncIterator]().next();
  log.append(turnOf(a, 0));
  first.abort();
  await left;
  log.append(turnOf(a, 1));
  const again = log.follow(a, { signal: new AbortController().signal })[Symbol.asyncIterator]();
  const begun = again.next();
  const durable = log.durable(a, log.append(turnOf(a, 2)));
  commitNow();
  await durable;
  const seen = [await begun, await again.next(), await again.next()].map(({ value }) => value);
  expect(seen).toEqual([0, 1, 2].map((seq) => ({ position: seq, row: turnOf(a, seq) })));
});

test.each(["follower", "log"])(
  "in the midst of rows no more of them come once the %s has ended",
  async (ended) => {
    const { log, commitNow } = scripted();
    const durable = [0, 1, 2].map((seq) => log.durable(a, log.append(turnOf(a, seq))));
    commitNow();
    await Promise.all(durable);
    const abort = new AbortController();
    const rows = log.follow(a, { signal: abort.signal })[Symbol.asyncIterator]();
    expect((await rows.next()).value).toMatchObject({ position: 0 });
    if (ended === "log") await log.close();
    else abort.abort();
    expect((await rows.next()).done).toBe(true);
  },
);
