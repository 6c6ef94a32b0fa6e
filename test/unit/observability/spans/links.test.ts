import { expect, test } from "vitest";
import type { TaskDefinition } from "../../../../index.ts";
import { spansOf } from "../../../../observability/spans/reader.ts";
import { readerDeps, recordOf } from "../../../support/recorded.ts";

type Steps = TaskDefinition["workflow"];

const ask = (id: string, prompt = id) => ({ id, ask: "a", prompt });

const branched: Steps = [
  { id: "both", parallel: [ask("left"), { id: "inner", parallel: [ask("deep")] }] },
  ask("short", "${{ steps.left.text }}"),
  ask("long", "${{ steps.both.output.left }}"),
  ask("nested", "${{ steps.inner.output }} ${{ steps.deep.text }}"),
  { id: "next", parallel: [ask("beside", "${{ steps.left.text }}")] },
];

/** Addresses of the steps that each step links to, by its path. */
const linksIn = async (workflow: Steps): Promise<Readonly<Record<string, readonly unknown[]>>> => {
  const task: TaskDefinition = {
    version: 1,
    name: "linked",
    models: { m: { provider: "scripted", replies: [{ text: "yes" }] } },
    agents: { a: { role: "r", model: "m" } },
    workflow,
    outputs: {},
  };
  const spans = [...spansOf(await recordOf(task), readerDeps)];
  const paths = new Map(spans.map(({ spanId, attributes }) => [spanId, attributes["swarm.step.path"]]));
  return Object.fromEntries(
    spans
      .filter(({ unit }) => unit === "step")
      .map((step) => {
        for (const { attributes } of step.links)
          expect(attributes).toEqual({ "swarm.link.type": "depends_on" });
        return [paths.get(step.spanId), step.links.map(({ spanId }) => paths.get(spanId))];
      }),
  );
};

test("a step links to the branches of an earlier parallel step that it reads by their own names", async () => {
  const links = await linksIn(branched);
  expect(links).toMatchObject({
    short: ["both/left"],
    long: ["both"],
    nested: ["both/inner", "both/inner/deep"],
    "next/beside": ["both/left"],
  });
});

test("within an item of a map it links to the branches of the same item", async () => {
  const links = await linksIn([
    ask("before"),
    { id: "all", map: { over: ["one", "two"], as: "it", do: branched } },
    ask("after", "${{ steps.before.text }} ${{ steps.all.count }}"),
  ]);
  for (const item of ["all[0]", "all[1]"])
    expect(links).toMatchObject({
      [`${item}/short`]: [`${item}/both/left`],
      [`${item}/nested`]: [`${item}/both/inner`, `${item}/both/inner/deep`],
      [`${item}/next/beside`]: [`${item}/both/left`],
    });
  expect(links["after"]).toEqual(["before", "all"]);
});

test("a step within an inner map links to what was before in the item around it, and no item to what the map reads", async () => {
  const inner: Steps[number] = {
    id: "inner",
    map: { over: "${{ steps.list.items }}", as: "part", do: [ask("x", "${{ steps.out-er.text }}")] },
  };
  const links = await linksIn([
    { id: "list", map: { over: ["one"], as: "it", do: [ask("y")] } },
    { id: "all", map: { over: ["one", "two"], as: "it", do: [ask("out-er"), inner] } },
  ]);
  for (const item of ["all[0]", "all[1]"])
    expect(links).toMatchObject({
      [`${item}/inner`]: ["list"],
      [`${item}/inner[0]`]: [],
      [`${item}/inner[0]/x`]: [`${item}/out-er`],
    });
});

test("a step within a branch links to what was before the parallel step", async () => {
  const links = await linksIn([
    ask("first"),
    {
      id: "both",
      parallel: [
        {
          id: "each",
          map: {
            over: ["one"],
            as: "it",
            do: [ask("x", "${{ steps.first.text }}"), ask("y", "${{ steps.x.text }}")],
          },
        },
        ask("other", "${{ steps.first.text }}"),
      ],
    },
  ]);
  expect(links).toMatchObject({
    // What is inside reads for itself.
    both: [],
    "both/each": [],
    "both/each[0]": [],
    "both/each[0]/x": ["first"],
    "both/each[0]/y": ["both/each[0]/x"],
    "both/other": ["first"],
  });
});

test("through a group, which takes no time and has no span, it links to the steps that the group reads", async () => {
  const group = (id: string, over: string) => ({ id, group: { over, by: "${{ item.index }}" } });
  const links = await linksIn([
    { id: "all", map: { over: ["one", "two"], do: [ask("x")] } },
    group("ranked", "${{ steps.all.items }}"),
    group("again", "${{ steps.ranked.groups }}"),
    ask("first", "${{ steps.ranked.total }} ${{ steps.all.count }}"),
    ask("second", "${{ steps.again.total }} ${{ steps.first.text }}"),
  ]);
  expect(links).toMatchObject({ first: ["all"], second: ["all", "first"] });
  expect(links).not.toHaveProperty("ranked");
});
