import { expect, test } from "vitest";
import type { Row, TurnRow } from "../../coordination/protocol/row.ts";
import { checkStorm, wrongReplay } from "./check.ts";
import { faults } from "./faults.ts";
import { Random } from "./random.ts";
import { stormOf } from "./storm.ts";
import { weatherStorm } from "./swarm.ts";

// A suite that always passes proves nothing: each fault here must be found within so many seeds.
const mostSeeds = 200;

test.each(Object.entries(faults))("found: %s", async (_, { tampering, says }) => {
  const heard = new Set<string>();
  for (let seed = 0; seed < mostSeeds; seed += 1) {
    const wrong = checkStorm(await weatherStorm(stormOf(seed), tampering()));
    if (wrong.some((sentence) => says.test(sentence))) return;
    for (const sentence of wrong) heard.add(sentence);
  }
  expect.fail(`not found by ${mostSeeds} seeds; what was said instead: ${[...heard].join("; ")}`);
});

type Forgery = (rows: readonly Row[], random: Random) => readonly Row[];

const forgeries: Readonly<Record<string, Forgery>> = {
  "a prompt is changed": (rows, random) =>
    changeOne(rows, random, (row) =>
      "effects" in row && row.effects.some(isAssignment)
        ? {
            ...row,
            effects: row.effects.map((effect) => (isAssignment(effect) ? otherPrompt(effect) : effect)),
          }
        : undefined,
    ),
  "a reply is flipped": (rows, random) =>
    changeOne(rows, random, (row) =>
      row.input.type === "inference.completed" && row.actor !== "scheduler" && row.input.reply.text !== "no"
        ? { ...row, input: { ...row.input, reply: { ...row.input.reply, text: "no" } } }
        : undefined,
    ),
  "a row is dropped": (rows, random) => {
    const at = 1 + random.below(rows.length - 2);
    return rows.filter((_, index) => index !== at);
  },
  "two turns of an actor are swapped": (rows, random) => {
    const at = 1 + random.below(rows.length - 2);
    const row = rows[at];
    const next = rows.findIndex(
      (other, index) =>
        index > at && other.type === "turn" && row?.type === "turn" && other.actor === row.actor,
    );
    return next < 0
      ? rows
      : rows.map((each, index) => rows[index === at ? next : index === next ? at : index] ?? each);
  },
  "a row is told again": (rows, random) => {
    const at = 1 + random.below(rows.length - 2);
    return rows.flatMap((row, index) => (index === at ? [row, row] : [row]));
  },
  "the outcome is another": (rows) =>
    rows.map((row) => (row.type === "finished" ? { ...row, outputs: { labels: "none" } } : row)),
};

const changeOne = (
  rows: readonly Row[],
  random: Random,
  change: (row: TurnRow) => TurnRow | undefined,
): readonly Row[] => {
  const changed = rows.map((row) => (row.type === "turn" ? change(row) : undefined));
  const places = changed.flatMap((row, index) => (row === undefined ? [] : [index]));
  const place = places[random.below(places.length)];
  return rows.map((row, index) => (index === place ? (changed[index] ?? row) : row));
};

type SentEffect = Extract<Extract<TurnRow, { effects: unknown }>["effects"][number], { type: "send" }>;
const isAssignment = (effect: { readonly type: string }): effect is SentEffect =>
  effect.type === "send" && (effect as SentEffect).body.type === "task.assigned";
const otherPrompt = (effect: SentEffect): SentEffect =>
  effect.body.type === "task.assigned"
    ? { ...effect, body: { ...effect.body, prompt: "Say something else" } }
    : effect;

test.each(Object.entries(forgeries))("found in a record: %s", async (_, forge) => {
  let found = 0;
  for (let seed = 0; seed < 10; seed += 1) {
    const { rows, basis, cast } = await weatherStorm(stormOf(seed));
    const original = rows.map(({ row }) => row);
    const forged = forge(original, new Random(seed));
    if (forged.every((row, index) => row === original[index]) && forged.length === original.length) continue;
    // The log's chain tells a forger who cannot hash; the replay tells one who can.
    const stored = forged.map((row, position) => ({ position, row, digests: [] }));
    if (wrongReplay(stored, basis.run, cast).length > 0) found += 1;
  }
  expect(found).toBeGreaterThan(0);
});
