import { expect, test } from "vitest";
import { memoryBus } from "../../../../coordination/bus/memory.ts";
import type { Bus } from "../../../../coordination/bus/bus.ts";
import { batchCharsMax, busTransport } from "../../../../coordination/coordinator/transport.ts";
import type { RaftMessage } from "../../../../coordination/raft/message.ts";

const append = (index: number, chars: number): RaftMessage => ({
  type: "appendRequest",
  from: 1,
  to: 2,
  term: 1,
  prevIndex: index - 1,
  prevTerm: 1,
  entries: [{ index, term: 1, payload: { type: "command", id: "", data: "x".repeat(chars) } }],
  commit: 0,
});

const chunk = (offset: number, chars: number): RaftMessage => ({
  type: "snapshotChunk",
  from: 1,
  to: 2,
  term: 1,
  snapshot: { index: 9, term: 1, members: { voters: [1, 2], outgoing: [], learners: [] }, length: 9e9 },
  offset,
  data: "x".repeat(chars),
  done: false,
});

/** What is posted, as it leaves for the bus: the messages of each of the bus. */
const published = (messages: readonly RaftMessage[]): readonly (readonly RaftMessage[])[] => {
  const batches: (readonly RaftMessage[])[] = [];
  const inner = memoryBus();
  const bus: Bus = {
    ...inner,
    publish: (_, data) => void batches.push(data as readonly RaftMessage[]),
  };
  const transport = busTransport(bus, "g");
  for (const message of messages) transport.post(message);
  transport.flush();
  transport.flush();
  return batches;
};

const charsIn = (batch: readonly RaftMessage[]): number => JSON.stringify(batch).length;

test.each([
  ["appends", append],
  ["chunks of snapshots", chunk],
])("many %s leave in batches that the bus takes, each once and in order", (_, make) => {
  const messages = Array.from({ length: 40 }, (_, at) => make(at + 1, 20_000));
  const batches = published(messages);
  expect(batches.flat()).toEqual(messages);
  expect(batches.length).toBeLessThan(10);
  for (const batch of batches) expect(charsIn(batch)).toBeLessThan(batchCharsMax + 10_000);
});

test("one message that is larger than a batch leaves alone", () => {
  const messages = [append(1, 10), chunk(0, batchCharsMax + 1), append(2, 10)];
  expect(published(messages)).toEqual(messages.map((message) => [message]));
});

test("what goes to one node travels together, and groups on one bus do not hear one another, nor anything once they are silenced", async () => {
  const bus = memoryBus();
  const heard: string[] = [];
  const [one, two] = [busTransport(bus, "one"), busTransport(bus, "two")];
  const silence = one.listen(2, ({ type }) => void heard.push(`one: ${type}`));
  two.listen(2, ({ type }) => void heard.push(`two: ${type}`));
  one.post(append(1, 1));
  one.post(chunk(0, 1));
  one.flush();
  await bus.flush();
  expect(heard).toEqual(["one: appendRequest", "one: snapshotChunk"]);
  silence();
  one.post(append(2, 1));
  one.flush();
  await bus.flush();
  expect(heard).toHaveLength(2);
});
