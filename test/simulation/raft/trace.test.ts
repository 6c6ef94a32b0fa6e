import { expect, test } from "vitest";
import { z } from "zod";
import { raftStormOf } from "./storm.ts";
import { traceTo } from "./trace.ts";
import { weatherRaft } from "./weather.ts";

const Message = z.looseObject({ id: z.number(), from: z.number(), to: z.number() });
const Entry = z.object({ index: z.number(), term: z.number(), payload: z.unknown() });
const HardState = z.object({ term: z.number(), vote: z.number().nullable() });
const Snapshot = z.looseObject({ index: z.number() }).nullable();
const Stored = z.object({ hardState: HardState, snapshot: Snapshot, entries: z.array(Entry) });
const Write = Stored.extend({
  token: z.number(),
  hardState: HardState.nullable(),
  truncateFrom: z.number().nullable(),
});
const Step = z.looseObject({
  node: z.number(),
  input: z.looseObject({ type: z.string(), message: Message.optional(), stored: Stored.optional() }),
  durable: z.number(),
  wrote: z.array(Write),
  sent: z.array(Message.extend({ after: z.number().nullable() })),
});

/** The trace of a storm, read as a checker reads it. */
const traceOf = (seed: number) => {
  const steps: z.infer<typeof Step>[] = [];
  weatherRaft(
    raftStormOf(seed),
    {},
    traceTo(
      (line) => steps.push(Step.parse(JSON.parse(line))),
      () => undefined,
    ),
  );
  return steps;
};

/** They have lost, copied and reshaped messages, crashes and stalls. */
const seeds = [19, 37];

test("every message that arrives was sent under its number, with what it says, by one step", () => {
  const met = { arrived: 0, copies: 0, reshaped: 0 };
  for (const seed of seeds) {
    const sent = new Map<number, string>();
    const arrived = new Set<number>();
    const wrong: unknown[] = [];
    for (const { node, input, sent: now } of traceOf(seed)) {
      const { message } = input;
      if (message !== undefined) {
        if (sent.get(message.id) !== JSON.stringify(message) || message.to !== node) wrong.push(message);
        met[arrived.has(message.id) ? "copies" : "arrived"] += 1;
        arrived.add(message.id);
      }
      for (const { after: _, ...one } of now) {
        if (one.id !== sent.size + 1 || one.from !== node) wrong.push(one);
        sent.set(one.id, JSON.stringify(one));
      }
      if (input.type === "reshape") met.reshaped += now.length;
    }
    expect(wrong).toEqual([]);
  }
  expect(met.arrived).toBeGreaterThan(1_000);
  expect(met.copies).toBeGreaterThan(10);
  expect(met.reshaped).toBeGreaterThan(10);
});

test("each start tells what the disk holds: what was told of as durable, and the first so many of the other writes", () => {
  const met = { restarts: 0, untold: 0 };
  for (const seed of seeds) {
    const disks = new Map<number, Life>();
    for (const { node, input, durable, wrote } of traceOf(seed)) {
      const life = disks.get(node) ?? { stored: nothing, writes: [], durable: 0 };
      if (input.stored === undefined) {
        disks.set(node, { ...life, writes: [...life.writes, ...wrote], durable });
        continue;
      }
      const kept = keptBy(life, input.stored);
      expect(kept).toBeGreaterThanOrEqual(life.durable);
      met.restarts += 1;
      if (kept > life.durable) met.untold += 1;
      disks.set(node, { stored: input.stored, writes: [], durable: 0 });
    }
  }
  expect(met.restarts).toBeGreaterThan(10);
  expect(met.untold).toBeGreaterThan(1);
});

type Life = {
  readonly stored: z.infer<typeof Stored>;
  readonly writes: readonly z.infer<typeof Write>[];
  readonly durable: number;
};

const nothing: Life["stored"] = { hardState: { term: 0, vote: null }, snapshot: null, entries: [] };

/** The most of a life's writes that lead to what a disk holds, or -1 if none do. Entries that a snapshot holds may be gone. */
const keptBy = ({ stored, writes }: Life, found: Life["stored"]): number => {
  const covered = found.snapshot?.index ?? 0;
  const seen = ({ hardState, entries }: Life["stored"]): string =>
    JSON.stringify([hardState, entries.filter(({ index }) => index > covered)]);
  let disk = stored;
  let kept = seen(disk) === seen(found) ? 0 : -1;
  for (const { token, hardState, snapshot, truncateFrom, entries } of writes) {
    const before = snapshot === null ? disk.entries : [];
    const stay = before.filter(({ index }) => index < (truncateFrom ?? Infinity));
    disk = { hardState: hardState ?? disk.hardState, snapshot, entries: [...stay, ...entries] };
    if (seen(disk) === seen(found)) kept = token;
  }
  return kept;
};
