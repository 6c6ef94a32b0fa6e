import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { sha256 } from "../../../coordination/log/codec.ts";
import type { EventLog, Position, StoredRow } from "../../../coordination/log/log.ts";
import { actorId, type RunId } from "../../../coordination/protocol/ids.ts";
import { canonical } from "../../../coordination/protocol/json.ts";
import type { Row } from "../../../coordination/protocol/row.ts";
import { finishedOf, headerOf, runOf, turnOf } from "../../support/log-rows.ts";
import { runsContract } from "./runs-contract.ts";
import type { Subject } from "./subject.ts";

const run = runOf("run-1");
const other = runOf("run-2");

/** All promises of the port, held against one adapter. */
export const logContract = (name: string, open: () => Promise<Subject>): void => {
  rowsContract(name, open);
  runsContract(name, open);
};

const rowsContract = (name: string, open: () => Promise<Subject>): void => {
  let subject: Subject;
  let log: EventLog;
  beforeEach(async () => {
    subject = await open();
    log = subject.log;
  });
  afterEach(() => subject.dispose());

  const appendAll = (rows: readonly Row[]): Position => rows.map((row) => log.append(row)).at(-1) ?? -1;
  const turns = (count: number, of: RunId = run): readonly Row[] =>
    Array.from({ length: count }, (_, seq) => turnOf(of, seq));
  const positions = (rows: Iterable<StoredRow>): readonly Position[] =>
    Array.from(rows, ({ position }) => position);
  const rowsOf = (rows: Iterable<StoredRow>): readonly Row[] => Array.from(rows, ({ row }) => row);

  describe(`${name}: rows`, () => {
    test("come back as they were appended, before and after they are durable, and after a crash", async () => {
      const rows: readonly Row[] = [
        headerOf(run),
        turnOf(run, 0),
        { ...turnOf(run, 1), effects: [] },
        {
          type: "turn",
          run,
          actor: actorId("a"),
          seq: 0,
          atUs: 5,
          cause: turnOf(run, 0).cause,
          input: { type: "run.started" },
          failed: { code: "X", message: "m" },
        },
        { type: "resumed", run, atUs: 8, swarm: "1" },
        finishedOf(run),
      ];
      const last = appendAll(rows);
      expect(rowsOf(log.read(run))).toEqual(rows);
      await log.durable(run, last);
      expect(rowsOf(log.read(run))).toEqual(rows);
      log = await subject.crash();
      expect(rowsOf(log.read(run))).toEqual(rows);
    });

    test("are read from anywhere through many commits", async () => {
      const count = 150;
      const actorAt = (seq: number): string => (seq % 7 === 0 ? "seldom" : "often");
      for (let seq = 0; seq < count; seq += 1)
        await log.durable(run, log.append(turnOf(run, seq, actorAt(seq))));
      const all = Array.from({ length: count }, (_, seq) => seq);
      expect(positions(log.read(run))).toEqual(all);
      expect(positions(log.read(run, { from: 20 }))).toEqual(all.slice(20));
      const seldom = all.filter((seq) => actorAt(seq) === "seldom");
      expect(positions(log.read(run, { actor: actorId("seldom") }))).toEqual(seldom);
    });

    test("have positions 0, 1, 2, ... in their own run", async () => {
      expect(
        [headerOf(run), headerOf(other), turnOf(run, 0), turnOf(other, 0), turnOf(run, 1)].map((row) =>
          log.append(row),
        ),
      ).toEqual([0, 0, 1, 1, 2]);
      await log.durable(run, 2);
      await log.durable(other, 1);
      expect(positions(log.read(run))).toEqual([0, 1, 2]);
      expect(rowsOf(log.read(other))).toEqual([headerOf(other), turnOf(other, 0)]);
      expect(log.append(turnOf(other, 1))).toBe(2);
    });

    test("that no one waits for are durable soon", async () => {
      for (const rows of [1, 2]) {
        log.append(turnOf(run, rows));
        await expect.poll(() => log.summary(run)?.rows).toBe(rows);
      }
    });

    test("are read from a position on, across commits and pending rows", async () => {
      for (const row of turns(10)) await log.durable(run, log.append(row));
      log.append(turnOf(run, 10));
      for (const from of [0, 1, 5, 9, 10, 11, 99]) {
        expect(positions(log.read(run, { from }))).toEqual(
          Array.from({ length: 11 }, (_, at) => at).filter((at) => at >= from),
        );
      }
    });

    test("of a reading are those that were there when it began", async () => {
      appendAll(turns(3));
      const seen: number[] = [];
      for (const { position } of log.read(run)) {
        seen.push(position);
        log.append(turnOf(run, 10 + position));
      }
      expect(seen).toEqual([0, 1, 2]);
    });

    test("that are appended later do not change those that were read", async () => {
      const row = structuredClone(turnOf(run, 0));
      log.append(row);
      Object.assign(row.input, { timer: "changed" });
      expect(rowsOf(log.read(run))).toEqual([turnOf(run, 0)]);
    });

    test("of one actor are found among those of many, in any segment", async () => {
      const actors = Array.from({ length: 50 }, (_, at) => `agent/a/step[${at}]`);
      const rows = Array.from({ length: 3_000 }, (_, seq) => turnOf(run, seq, actors[(seq * 7) % 50]));
      for (let at = 0; at < rows.length; at += 100)
        await log.durable(run, appendAll(rows.slice(at, at + 100)));
      log.append(turnOf(run, 3_000, actors[7]));
      log.append(turnOf(other, 0, actors[7]));
      for (const from of [0, 1, 1_500, 2_999]) {
        const expected = [...rows, turnOf(run, 3_000, actors[7])].flatMap((row, at) =>
          at >= from && row.actor === actors[7] ? [at] : [],
        );
        expect(positions(log.read(run, { actor: actorId(actors[7] ?? ""), from }))).toEqual(expected);
      }
      log = await subject.crash();
      expect(positions(log.read(run, { actor: actorId(actors[3] ?? "") })).length).toBe(60);
      expect(positions(log.read(run, { actor: actorId("nobody") }))).toEqual([]);
    });

    test("of one actor are found where many runs were written together", async () => {
      const runs = ["r1", "r2", "r3"].map((each) => runOf(each));
      for (const each of runs) for (const actor of ["a", "b", "c"]) log.append(turnOf(each, 0, actor));
      await Promise.all(runs.map((each) => log.durable(each, 2)));
      for (const each of runs)
        expect(rowsOf(log.read(each, { actor: actorId("b") }))).toEqual([turnOf(each, 0, "b")]);
    });

    test("with actor names of any length and letters are kept apart", async () => {
      const names = ["a", "ab", "ä\u0000b", "x".repeat(400), "x".repeat(401)];
      for (let round = 0; round < 300; round += 1)
        for (const actor of names) log.append(turnOf(run, round, actor));
      await log.durable(run, 300 * names.length - 1);
      for (const actor of names) expect(positions(log.read(run, { actor: actorId(actor) })).length).toBe(300);
    });

    test("of an unknown run are none", () => {
      expect([...log.read(runOf("nothing"))]).toEqual([]);
      expect(log.summary(runOf("nothing"))).toBeUndefined();
      expect(log.latestSnapshot(runOf("nothing"))).toBeUndefined();
    });

    test("that JSON cannot say are refused, and nothing was added", () => {
      log.append(headerOf(run));
      expect(() => log.append({ ...headerOf(run), seed: Number.NaN })).toThrow(TypeError);
      expect(log.append(turnOf(run, 0))).toBe(1);
    });

    test("keep every string, also large ones, broken ones, and objects that look like the log's own", async () => {
      const strings = [
        "",
        "ä".repeat(256),
        "ä".repeat(257),
        "x".repeat(100_000),
        `\ud800${"x".repeat(600)}`,
        `\ufffd${"x".repeat(600)}`,
        '\n\u2028\u0000\\"'.repeat(200),
      ];
      const own = { blob: sha256("x"), bytes: 1 };
      const plan = {
        strings,
        same: strings,
        own,
        deep: [{ blob: own, "~blob": { "~~blob": own, blobs: 1 } }],
        constructor: 1,
        ["__proto__"]: 2,
        "ä blob": "x".repeat(600),
      };
      const row: Row = { ...headerOf(run), plan: JSON.parse(JSON.stringify(plan)) };
      await log.durable(run, log.append(row));
      await log.durable(run, log.append({ ...row }));
      log.append({ ...row });
      for (const stored of log.read(run)) expect(canonical(stored.row)).toBe(canonical(row));
      log = await subject.crash();
      expect(rowsOf(log.read(run)).map(canonical)).toEqual([canonical(row), canonical(row)]);
    });
  });

  describe(`${name}: durability`, () => {
    test("what was acknowledged survives a crash; a crash loses no more than a suffix", async () => {
      const last = appendAll(turns(5));
      await log.durable(run, last);
      appendAll([turnOf(run, 5), turnOf(run, 6)]);
      log = await subject.crash();
      expect(rowsOf(log.read(run))).toEqual(turns(5));
      expect(log.append(turnOf(run, 5))).toBe(5);
      await log.durable(run, 5);
      expect(positions(log.read(run))).toEqual([0, 1, 2, 3, 4, 5]);
    });

    test("many who wait at once are all told, in the order of their rows", async () => {
      const order: number[] = [];
      await Promise.all(
        turns(500).map(async (row, at) => log.durable(run, log.append(row)).then(() => order.push(at))),
      );
      expect(order).toEqual(Array.from({ length: 500 }, (_, at) => at));
      expect(log.summary(run)?.rows).toBe(500);
    });

    test("a row that is durable already is not waited for", async () => {
      await log.durable(run, log.append(headerOf(run)));
      log.append(turnOf(other, 0));
      await log.durable(run, 0);
      await log.durable(run, -1);
      expect(log.summary(other)).toBeUndefined();
    });

    test("close writes what is pending", async () => {
      appendAll(turns(3));
      await log.close();
      log = await subject.crash();
      expect(rowsOf(log.read(run))).toEqual(turns(3));
    });

    test("after a failed write the log is broken: nothing is acknowledged, nothing hangs, what was durable stays", async () => {
      await log.durable(run, appendAll(turns(3)));
      subject.breakDisk();
      const first = log.append(turnOf(run, 3));
      const second = log.append(turnOf(run, 4));
      const failure = expect.objectContaining({
        code: "LOG_WRITE_FAILED",
        message: expect.stringContaining("swarm resume"),
      });
      await expect(Promise.all([log.durable(run, first), log.durable(run, second)])).rejects.toEqual(failure);
      expect(() => log.append(turnOf(run, 5))).toThrow(failure);
      await expect(log.durable(run, first)).rejects.toEqual(failure);
      expect(rowsOf(log.read(run))).toEqual(turns(3));
      expect(log.summary(run)?.rows).toBe(3);
      await expect(log.close()).rejects.toEqual(failure);
    });

    test("after a failed write no other run is written either", async () => {
      await log.durable(run, appendAll(turns(3)));
      await log.durable(other, appendAll(turns(2, other)));
      subject.breakDisk();
      log.append(turnOf(other, 2));
      await expect(log.durable(run, log.append(turnOf(run, 3)))).rejects.toMatchObject({
        code: "LOG_WRITE_FAILED",
      });
      expect(rowsOf(log.read(other))).toEqual(turns(2, other));
      await expect(log.close()).rejects.toMatchObject({ code: "LOG_WRITE_FAILED" });
      log = await subject.crash();
      expect(rowsOf(log.read(other))).toEqual(turns(2, other));
    });

    test("rows of a run that nobody waits for are durable soon, though others are waited for", async () => {
      log.append(turnOf(other, 0));
      await log.durable(run, log.append(turnOf(run, 0)));
      expect(rowsOf(log.read(other))).toEqual(turns(1, other));
      await expect.poll(() => log.summary(other)?.rows).toBe(1);
    });

    test("a failed write that no one waits for is told to the next who appends", async () => {
      subject.breakDisk();
      log.append(turnOf(run, 0));
      const appendAgain = (): string => {
        try {
          return String(log.append(turnOf(run, 1)));
        } catch (error) {
          return (error as { code: string }).code;
        }
      };
      await expect.poll(appendAgain).toBe("LOG_WRITE_FAILED");
    });
  });
};
