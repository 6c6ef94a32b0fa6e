import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { withMark, type Mark } from "../../../coordination/decision/marks.ts";
import { emptyAgent, type AgentCounts } from "../../../coordination/decision/trust.ts";
import type { TrustLedger } from "../../../coordination/ledger/ledger.ts";
import { openLmdbLedger } from "../../../coordination/ledger/lmdb.ts";
import { memoryLedger } from "../../../coordination/ledger/memory.ts";
import { markOf } from "../../support/marks.ts";

/** What model `m` ships with. */
const shipped: AgentCounts = { ...emptyAgent, right: 30, all: 40 };
const prior = (model: string): AgentCounts => (model === "m" ? shipped : emptyAgent);

const markBy = (decision: string, agent: string, more: Partial<Mark> = {}): Mark =>
  markOf({ decision, agent, ...more });

const scratch = (): string => {
  const dir = mkdtempSync(join(tmpdir(), "swarm-ledger-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
};

const opened = (dir: string, beforeCommit?: () => void): TrustLedger => {
  const ledger = openLmdbLedger({ dir, prior, ...(beforeCommit === undefined ? {} : { beforeCommit }) });
  onTestFinished(() => ledger.close());
  return ledger;
};

describe.each([
  ["in memory", () => memoryLedger(prior)],
  ["on disk", () => opened(scratch())],
])("a ledger %s", (_, make) => {
  test("is empty at first", () => {
    const ledger = make();
    expect(ledger.standing("a", "m")).toBeUndefined();
    expect(ledger.standings()).toEqual([]);
    expect([...ledger.history()]).toEqual([]);
    expect(ledger.find("r", "d", "a")).toBeUndefined();
  });

  test("counts marks from what the model ships with, in the order in which they came", () => {
    const ledger = make();
    const marks = [markBy("d1", "a"), markBy("d1", "b", { model: "other", right: false, option: "B" })];
    expect(ledger.add(marks, "task", 5)).toEqual(marks);
    const again = markBy("d2", "a", { right: false, option: "B" });
    ledger.add([again], "person", 6);
    expect(ledger.standings()).toEqual([
      {
        agent: "a",
        model: "m",
        marks: 2,
        counts: [marks[0], again].flatMap((mark) => mark ?? []).reduce(withMark, shipped),
      },
      { agent: "b", model: "other", marks: 1, counts: marks.slice(1).reduce(withMark, emptyAgent) },
    ]);
    expect(ledger.standing("a", "m")).toEqual(ledger.standings()[0]);
    expect([...ledger.history()].map(({ mark, source, atUs }) => [mark, source, atUs])).toEqual([
      [marks[0], "task", 5],
      [marks[1], "task", 5],
      [again, "person", 6],
    ]);
    expect(ledger.find("r", "d2", "a")).toEqual({ mark: again, source: "person", atUs: 6 });
  });

  test("takes one mark for a run, decision and agent: the first", () => {
    const ledger = make();
    const first = markBy("d", "a");
    const twice = [first, markBy("d", "a", { right: false }), markBy("d", "b")];
    expect(ledger.add(twice, "task", 1)).toEqual([twice[0], twice[2]]);
    const before = ledger.standings();
    expect(ledger.add(twice, "person", 2)).toEqual([]);
    expect(ledger.standings()).toEqual(before);
    const others = [markBy("d", "a", { run: "r2" }), markBy("d/a", "a"), markBy("d", "a/b")];
    expect(ledger.add(others, "task", 3)).toEqual(others);
  });

  test("holds names that every object has, and more marks than it reads at once", () => {
    const ledger = make();
    const marks = Array.from({ length: 2_500 }, (_, at) =>
      markBy(`d${at}`, at % 2 === 0 ? "constructor" : "__proto__"),
    );
    expect(ledger.add(marks, "task", 1)).toHaveLength(2_500);
    expect([...ledger.history()].map(({ mark }) => mark)).toEqual(marks);
    expect(ledger.standing("__proto__", "m")?.marks).toBe(1_250);
  });
});

test("a ledger on disk outlives its process, and two handles see each other's marks", async () => {
  const dir = scratch();
  const one = opened(dir);
  one.add([markBy("d1", "a")], "task", 1);
  const two = opened(dir);
  expect(two.add([markBy("d1", "a"), markBy("d2", "a")], "task", 2)).toEqual([markBy("d2", "a")]);
  expect(one.standing("a", "m")).toEqual(two.standing("a", "m"));
  expect(one.standing("a", "m")?.marks).toBe(2);
  await Promise.all([one.close(), two.close()]);
  expect([...opened(dir).history()]).toHaveLength(2);
});

test("a write that fails leaves nothing, and says what to do", () => {
  let isFull = true;
  const ledger = opened(scratch(), () => {
    if (isFull) throw new Error("ENOSPC");
  });
  expect(() => ledger.add([markBy("d1", "a"), markBy("d1", "b")], "task", 1)).toThrow(/ENOSPC.*free space/);
  expect([...ledger.history()]).toEqual([]);
  expect(ledger.standings()).toEqual([]);
  isFull = false;
  expect(ledger.add([markBy("d1", "a"), markBy("d1", "b")], "task", 1)).toHaveLength(2);
});

test("a damaged mark is noticed, not counted", async () => {
  const dir = scratch();
  const ledger = opened(dir);
  ledger.add([markBy("decision-to-be-damaged", "a")], "task", 1);
  await ledger.close();
  const file = join(dir, "data.mdb");
  const bytes = readFileSync(file);
  for (let at = bytes.indexOf('"right":true'); at >= 0; at = bytes.indexOf('"right":true', at + 1))
    bytes.write('"right":null', at);
  writeFileSync(file, bytes);
  expect(() => [...opened(dir).history()]).toThrow(/damaged/);
});
