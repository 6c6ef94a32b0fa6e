import { expect, test } from "vitest";
import { z } from "zod";
import { raftStormOf } from "./storm.ts";
import { traceTo } from "./trace.ts";
import { weatherRaft } from "./weather.ts";

const Message = z.looseObject({ id: z.number(), from: z.number(), to: z.number() });
const Step = z.looseObject({
  node: z.number(),
  input: z.looseObject({ type: z.string(), message: Message.optional() }),
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
