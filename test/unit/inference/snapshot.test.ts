import { expect, test } from "vitest";
import { modelsInMemory } from "../../../inference/scheduling/snapshot.ts";

test.each([
  [
    "those that are there, with their sequences",
    {
      memory: {
        holdings: {
          here: { phase: "resident", bytes: 5, sequences: 3 },
          coming: { phase: "loading", bytes: 5, sequences: 1 },
          going: { phase: "evicting", bytes: 5, sequences: 1 },
        },
      },
    },
    [["here", 3]],
  ],
  ["none of what is no scheduler", { memory: [] }, []],
  ["none of nothing", null, []],
])("the models in memory are %s", (_, snapshot, models) => expect(modelsInMemory(snapshot)).toEqual(models));
