import { expect, test } from "vitest";
import type { NodeView } from "../driver/view.ts";
import { createWatch } from "./always.ts";

const node = (id: number, changes: Partial<NodeView> = {}): NodeView => ({
  id,
  up: true,
  paused: false,
  stalled: false,
  term: 2,
  vote: 1,
  role: "follower",
  leader: null,
  first: 1,
  log: [
    [1, "a"],
    [2, "b"],
  ],
  commit: 2,
  applied: 2,
  members: { voters: [1, 2], outgoing: [], learners: [] },
  machine: ["a", "b"],
  snapshot: null,
  ...changes,
});

test("a sound cluster passes", () => {
  const watch = createWatch();
  expect(watch([node(1, { role: "leader" }), node(2, { commit: 1, applied: 1, machine: ["a"] })])).toEqual(
    [],
  );
  expect(watch([node(1), node(2, { role: "leader", term: 3 })])).toEqual([]);
});

test.each([
  ["two leaders of term 2", node(2, { role: "leader" })],
  ["node 1 fell from term 2 to 1", node(1, { term: 1 })],
  ["node 1 took back its vote", node(1, { vote: 2 })],
  [
    "node 2 committed",
    node(2, {
      log: [
        [1, "a"],
        [2, "c"],
      ],
    }),
  ],
  ["node 2 committed beyond its log", node(2, { commit: 3 })],
  ["node 2 applied 2 and committed 1", node(2, { commit: 1 })],
  ["node 2 applied other commands", node(2, { machine: ["b"] })],
])("it is noticed that %s", (what, bad) => {
  const watch = createWatch();
  watch([node(1, { role: "leader" }), node(2)]);
  expect(watch([bad]).join()).toContain(what);
});

test("what a stalled disk has not taken may be taken back", () => {
  const watch = createWatch();
  watch([node(1, { stalled: true })]);
  expect(watch([node(1, { term: 1, vote: null })])).toEqual([]);
});
