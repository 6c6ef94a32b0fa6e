import { expect, test } from "vitest";
import { familiesOf } from "../../../../coordination/decision/families.ts";
import type { Elector } from "../../../../coordination/protocol/decision-messages.ts";
import { electorOf } from "./builders.ts";

const elector = (agent: string, model: string, family?: string): Elector => ({
  ...electorOf(agent),
  model,
  ...(family === undefined ? {} : { family }),
});

test.each<[string, readonly Elector[], ReturnType<typeof familiesOf>]>([
  ["nobody", [], []],
  ["each its own", [elector("a", "m1"), elector("b", "m2")], []],
  [
    "without a family the model is one",
    [elector("a", "m1"), elector("b", "m2"), elector("c", "m1")],
    [{ family: "m1", voters: ["a", "c"], same: true }],
  ],
  [
    "two of three on the same model are not all",
    [elector("a", "m1", "qwen"), elector("b", "m1", "qwen"), elector("c", "m2", "qwen")],
    [{ family: "qwen", voters: ["a", "b", "c"], same: false }],
  ],
  [
    "two families",
    [
      elector("a", "m1", "qwen"),
      elector("b", "l1", "llama"),
      elector("c", "m2", "qwen"),
      elector("d", "l1", "llama"),
    ],
    [
      { family: "qwen", voters: ["a", "c"], same: false },
      { family: "llama", voters: ["b", "d"], same: true },
    ],
  ],
  [
    "who is listed twice is one voter",
    [elector("a", "m1"), elector("b", "m1"), elector("a", "m1")],
    [{ family: "m1", voters: ["a", "b"], same: true }],
  ],
  ["and none alone", [elector("a", "m1"), elector("a", "m1")], []],
])("families of voters: %s", (_, electorate, families) => expect(familiesOf(electorate)).toEqual(families));
