import { describe, expect, test } from "vitest";
import { deep, often } from "../../support/deep.ts";
import { explore, type Exploration } from "./explore.ts";
import { recoveries } from "./recovery.ts";
import type { Setting } from "./setting.ts";
import { longSettings, longStatesMax, usualSettings } from "./settings.ts";
import { packed, unpacked } from "./table.ts";
import { lineOf } from "./telling.ts";

/** The ordinary run sees the nearest states of each setting, the deep one all of them. */
const statesMax = often(4_000, 1_000_000);

const storyOf = ({ found }: Exploration): string | null =>
  found === null ? null : [...found.events.map(lineOf), found.why].join("\n");

const named = (settings: readonly Setting[]) => settings.map((setting) => [setting.name, setting] as const);

describe("Raft keeps its promises whatever the order of events", () => {
  test.each(named(usualSettings))("%s", (_, setting) => {
    const exploration = explore(setting, statesMax, recoveries(often(400, 1_000)));
    expect(storyOf(exploration)).toBe(null);
    if (deep) expect(exploration.complete).toBe(true);
  });

  test.each(named(deep ? longSettings : []))("%s", (_, setting) => {
    expect(storyOf(explore(setting, longStatesMax, recoveries(2_000)))).toBe(null);
  });
});

test("an exploration is the same each time", () => {
  for (const setting of usualSettings) expect(explore(setting, 300)).toEqual(explore(setting, 300));
});

test("where nothing may happen there is one state", () => {
  const nothing = { name: "nothing", voters: [1, 2, 3], bounds: {} };
  const ended = { states: 1, events: 0, depth: 0, complete: true, found: null };
  expect(explore(nothing, 10)).toEqual(ended);
});

describe("a node that elects itself", () => {
  const alone = { name: "alone", voters: [1], lateDisk: true, bounds: { timeouts: 1 } };

  test("times out, and its two writes come to the disk", () => {
    const ended = { states: 4, events: 3, depth: 3, complete: true, found: null };
    expect(explore(alone, 10)).toEqual(ended);
  });

  test("is told step by step where something is wrong in the end", () => {
    const exploration = explore(alone, 10, {
      take: (_space, _state, seen) => (seen === 4 ? "it is ill" : null),
    });
    expect(storyOf(exploration)).toBe(
      [
        "node 1: its election timeout passes",
        "node 1: its next write comes to the disk",
        "node 1: its next write comes to the disk",
        "it is ill",
      ].join("\n"),
    );
  });
});

test("an exploration that has seen enough says that there is more", () => {
  const [setting] = usualSettings;
  const { states, complete } = explore(setting ?? expect.fail("no setting"), 100);
  expect(states).toBeGreaterThanOrEqual(100);
  expect(complete).toBe(false);
});

test("what is packed comes out again", () => {
  const numbers = [0, 1, 32_767, 32_768, 65_535, 2 ** 30 - 1];
  expect(unpacked(packed(numbers))).toEqual(numbers);
});
