import { expect, test } from "vitest";
import { raftStep } from "../../../coordination/raft/step.ts";
import type { RaftStep } from "../../../coordination/raft/step.ts";
import { accidentTypes, raftStormOf } from "./storm.ts";
import { traceTo } from "./trace.ts";
import { weatherRaft } from "./weather.ts";

test("a seed run twice gives the same trace, byte for byte", () => {
  for (const seed of [1, 2, 3, 4]) {
    const [once, again]: [string[], string[]] = [[], []];
    const digest = weatherRaft(
      raftStormOf(seed),
      {},
      traceTo(
        (line) => once.push(line),
        (line) => once.push(line),
      ),
    ).digest;
    const other = weatherRaft(
      raftStormOf(seed),
      {},
      traceTo(
        (line) => again.push(line),
        (line) => again.push(line),
      ),
    ).digest;
    expect(again.join("\n") === once.join("\n")).toBe(true);
    expect(other).toBe(digest);
  }
});

test("two seeds differ", () => {
  expect(weatherRaft(raftStormOf(1)).digest).not.toBe(weatherRaft(raftStormOf(2)).digest);
});

test("a step taken twice from one state gives the same turn, and leaves the state as it was", () => {
  let taken = 0;
  const twice: RaftStep = (state, input) => {
    taken += 1;
    if (taken % 23 !== 0) return raftStep(state, input);
    const before = seenFrom(state);
    const turn = raftStep(state, input);
    const seen = seenFrom(turn);
    expect(seenFrom(state)).toBe(before);
    expect(seenFrom(raftStep(state, input))).toBe(seen);
    expect(seenFrom(turn)).toBe(seen);
    return turn;
  };
  for (let seed = 0; seed < 12; seed += 1)
    expect(weatherRaft(raftStormOf(seed), { step: twice }).wrong).toBe(null);
});

/** What anybody can see of it: a log may share what lies behind its own length with later logs. */
const seenFrom = (value: unknown): string =>
  JSON.stringify(value, (_, each: unknown) =>
    typeof each === "object" &&
    each !== null &&
    "kept" in each &&
    Array.isArray(each.kept) &&
    "length" in each
      ? { ...each, kept: each.kept.slice(0, Number(each.length)) }
      : each,
  );

test("together the storms meet everything that they are for", () => {
  const seen = new Map<string, number>();
  for (let seed = 0; seed < 100; seed += 1)
    for (const [what, times] of weatherRaft(raftStormOf(seed)).seen)
      seen.set(what, (seen.get(what) ?? 0) + times);
  const expected = [
    ...accidentTypes,
    "lost unsynced tail",
    "torn write",
    "unsynced writes survived",
    "restored",
    "snapshot chunk",
    "change accepted",
    "fresh node",
    "retired node",
    "client retried",
    "client gave up",
    "last command",
    "log cut",
    "reshaped append",
  ];
  expect(expected.filter((what) => !seen.has(what))).toEqual([]);
});
