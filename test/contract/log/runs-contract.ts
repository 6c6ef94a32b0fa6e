import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { EventLog, Position } from "../../../coordination/log/log.ts";
import type { Row } from "../../../coordination/protocol/row.ts";
import { finishedOf, headerOf, runOf, turnOf } from "../../support/log-rows.ts";
import type { Subject } from "./subject.ts";

const run = runOf("run-1");
const other = runOf("run-2");

/** What the port promises of runs, snapshots, leases and following. */
export const runsContract = (name: string, open: () => Promise<Subject>): void => {
  let subject: Subject;
  let log: EventLog;
  beforeEach(async () => {
    subject = await open();
    log = subject.log;
  });
  afterEach(() => subject.dispose());

  const appendAll = (rows: readonly Row[]): Position => rows.map((row) => log.append(row)).at(-1) ?? -1;
  const turns = (count: number): readonly Row[] =>
    Array.from({ length: count }, (_, seq) => turnOf(run, seq));

  describe(`${name}: runs`, () => {
    test("are listed newest first, with their ends", async () => {
      for (const name of ["b", "a", "c"])
        await log.durable(runOf(name), appendAll([headerOf(runOf(name)), turnOf(runOf(name), 0)]));
      await log.durable(runOf("a"), log.append(finishedOf(runOf("a"))));
      expect(
        Array.from(log.runs(), ({ run, rows, first, last }) => [run, rows, first.row.type, last.row.type]),
      ).toEqual([
        ["c", 2, "header", "turn"],
        ["a", 3, "header", "finished"],
        ["b", 2, "header", "turn"],
      ]);
      log = await subject.crash();
      expect(Array.from(log.runs(), ({ run }) => run)).toEqual(["c", "a", "b"]);
    });

    test("have a summary of durable rows only", async () => {
      await log.durable(run, log.append(headerOf(run)));
      log.append(turnOf(run, 0));
      expect(log.summary(run)).toMatchObject({ rows: 1, last: { position: 0 } });
    });

    test("by the hundred begun in one commit are all there", async () => {
      const names = Array.from({ length: 300 }, (_, at) => runOf(`r${at}`));
      await Promise.all(names.map((name) => log.durable(name, log.append(headerOf(name)))));
      expect(Array.from(log.runs(), ({ run, first }) => [run, first.row])).toEqual(
        names.toReversed().map((name) => [name, headerOf(name)]),
      );
    });
  });

  describe(`${name}: snapshots`, () => {
    test("the newest wins, and is there after a crash once a commit has passed", async () => {
      appendAll(turns(3));
      log.saveSnapshot(run, { position: 1, state: { a: 1 } });
      log.saveSnapshot(run, { position: 2, state: { a: [2, "x".repeat(5_000)] } });
      expect(log.latestSnapshot(run)?.position).toBe(2);
      await log.durable(run, 2);
      log = await subject.crash();
      expect(log.latestSnapshot(run)).toEqual({ position: 2, state: { a: [2, "x".repeat(5_000)] } });
      expect(log.latestSnapshot(other)).toBeUndefined();
    });

    test("go with the rows of their run, though others wait", async () => {
      log.append(headerOf(other));
      const position = log.append(headerOf(run));
      log.saveSnapshot(run, { position, state: 1 });
      await log.durable(run, position);
      log = await subject.crash();
      expect(log.latestSnapshot(run)).toEqual({ position, state: 1 });
    });

    test("alone are written too, also after very many rows", async () => {
      log.saveSnapshot(run, { position: 2 ** 33, state: null });
      await log.close();
      log = await subject.crash();
      expect(log.latestSnapshot(run)).toEqual({ position: 2 ** 33, state: null });
    });
  });

  describe(`${name}: leases`, () => {
    test("one at a time for a run", () => {
      const lease = log.lease(run);
      expect(() => log.lease(run)).toThrow(expect.objectContaining({ code: "RUN_ALIVE" }));
      expect([log.isAlive(run), log.isAlive(other)]).toEqual([true, false]);
      log.lease(other).release();
      lease.release();
      lease.release();
      expect(log.isAlive(run)).toBe(false);
      log.lease(run);
      lease.release();
      expect(log.isAlive(run)).toBe(true);
    });

    test("leave the rows that wait where they are", async () => {
      log.append(headerOf(run));
      const lease = log.lease(run);
      expect(log.append(turnOf(run, 0))).toBe(1);
      await log.durable(run, 1);
      lease.release();
      expect(Array.from(log.read(run), ({ position, row }) => [position, row])).toEqual([
        [0, headerOf(run)],
        [1, turnOf(run, 0)],
      ]);
    });

    test("are given back by close", async () => {
      log.lease(run);
      await log.close();
      log = await subject.crash();
      expect(log.isAlive(run)).toBe(false);
    });
  });

  describe(`${name}: following`, () => {
    test("gives rows as they become durable, until aborted", async () => {
      const stop = new AbortController();
      const seen: Position[] = [];
      const following = (async () => {
        for await (const { position } of log.follow(run, { signal: stop.signal })) seen.push(position);
      })();
      for (const row of turns(4)) {
        const position = log.append(row);
        expect(seen).not.toContain(position);
        await log.durable(run, position);
      }
      await expect.poll(() => seen).toEqual([0, 1, 2, 3]);
      stop.abort();
      await following;
      await log.durable(run, log.append(turnOf(run, 4)));
      expect(seen.length).toBe(4);
    });

    test.each([
      ["at once", 5, 40],
      ["long after", 5_000, 2],
    ])("gives each row once, as it is stored, to whoever takes them %s", async (_, rowsAtOnce, times) => {
      const stop = new AbortController();
      // One that has nothing to do yet, and one that begins while rows are pending.
      const early = log.follow(run, { signal: stop.signal })[Symbol.asyncIterator]();
      let first = early.next();
      await log.durable(run, appendAll(turns(3)));
      appendAll(turns(2));
      const late = log.follow(run, { from: 4, signal: stop.signal })[Symbol.asyncIterator]();
      let last = late.next();
      for (let time = 0; time < times; time += 1) await log.durable(run, appendAll(turns(rowsAtOnce)));
      for (const { position, row } of log.read(run)) {
        expect((await first).value).toEqual({ position, row });
        first = early.next();
        if (position < 4) continue;
        expect((await last).value).toEqual({ position, row });
        last = late.next();
      }
      stop.abort();
      expect([(await first).done, (await last).done]).toEqual([true, true]);
    });

    test("gives each row once where nobody followed for a while, and where rows are large", async () => {
      const before = log.follow(run, { signal: new AbortController().signal })[Symbol.asyncIterator]();
      const unseen = before.next();
      await log.durable(run, log.append(turnOf(run, 0)));
      await unseen;
      // All in one batch: a row for a follower, one for nobody, one for the next follower.
      log.append(turnOf(run, 1));
      await before.return?.();
      log.append(turnOf(run, 2));
      const stop = new AbortController();
      const after = log.follow(run, { signal: stop.signal })[Symbol.asyncIterator]();
      let next = after.next();
      await log.durable(run, log.append(turnOf(run, 3)));
      const large = Array.from({ length: 3 }, (_, at) =>
        turnOf(run, 4 + at, "agent/ann", "x".repeat(5_000_000)),
      );
      for (const row of large) await log.durable(run, log.append(row));
      for (const { position, row } of log.read(run)) {
        expect((await next).value).toEqual({ position, row });
        next = after.next();
      }
      stop.abort();
      expect((await next).done).toBe(true);
    });

    test("begins where asked, and ends with the log", async () => {
      await log.durable(run, appendAll(turns(4)));
      const seen: Position[] = [];
      const following = (async () => {
        for await (const { position } of log.follow(run, { from: 2, signal: new AbortController().signal }))
          seen.push(position);
      })();
      await expect.poll(() => seen).toEqual([2, 3]);
      await log.close();
      await following;
    });
  });
};
