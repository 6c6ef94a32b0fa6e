import { describe, expect, test } from "vitest";
import {
  commit,
  emptyMemory,
  freeBytes,
  reserve,
  sequencesIn,
} from "../../../inference/scheduling/memory.ts";

const footprint = { baseBytes: 100, sequenceBytes: 50 };
const memory = emptyMemory(1_000);

describe("the sequences of a model", () => {
  test.each([
    ["as many as fit to the byte", 250, 3],
    ["one fewer where a byte is missing", 249, 2],
    ["none where not even one has room", 149, 0],
    ["at most what is wanted", 1_000, 4],
  ])("are %s", (_, bytes, sequences) => {
    expect(sequencesIn(memory, "m", footprint, bytes, 4)).toBe(sequences);
  });
});

describe("a model that takes more than was set aside for it", () => {
  const loading = reserve(reserve(memory, "n", 1, 300), "m", 1, 150);

  test("stays where there is room, to the byte", () => {
    const committed = commit(loading, "m", footprint, 700);
    expect(committed).toMatchObject({
      type: "resident",
      memory: { holdings: { m: { phase: "resident", bytes: 700 } }, ratios: { m: 700 / 150 } },
    });
    expect(freeBytes(committed.memory)).toBe(0);
  });

  test("goes where there is none, and holds what was set aside until it is gone", () => {
    const committed = commit(loading, "m", footprint, 701);
    expect(committed).toMatchObject({
      type: "over",
      memory: { holdings: { m: { phase: "evicting", bytes: 150 } }, ratios: { m: 701 / 150 } },
    });
  });
});

describe("what is set aside", () => {
  test.each([
    [
      "more than there is",
      () => reserve(reserve(memory, "n", 1, 300), "m", 1, 701),
      "1001 bytes are granted of 1000",
    ],
    ["a model without a turn", () => reserve(memory, "m", 0, 100), "no room for a turn"],
    ["a model twice", () => reserve(reserve(memory, "m", 1, 150), "m", 1, 150), "in memory already"],
  ])("is never %s", (_, set, problem) => expect(set).toThrow(problem));
});
