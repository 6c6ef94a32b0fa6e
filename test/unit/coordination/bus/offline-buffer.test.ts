import { expect, test } from "vitest";
import { offlineBuffer } from "../../../../coordination/bus/offline-buffer.ts";

/** What the buffer takes for a message beside its bytes. */
const overheadBytes = 200;

const letters = (maxBytes: number) => {
  const sent: string[] = [];
  const failed: unknown[] = [];
  const buffer = offlineBuffer(maxBytes);
  return {
    sent,
    failed,
    keep: (letter: string, bytes: number) => buffer.keep(() => void sent.push(letter), bytes),
    keepThrowing: (error: Error) =>
      buffer.keep(() => {
        throw error;
      }, 0),
    release: () => buffer.release((cause) => void failed.push(cause)),
    clear: () => buffer.clear(),
  };
};

test("as much as the limit is kept, each message with what it takes besides, and no more", () => {
  const { keep, sent, release } = letters(2 * overheadBytes + 30);
  expect([keep("a", 10), keep("b", 20), keep("c", 0)]).toEqual(["kept", "kept", "firstDropped"]);
  release();
  expect(sent).toEqual(["a", "b"]);
});

test("each outage has the whole room again, and a loss of its own to report", () => {
  const { keep, sent, release } = letters(overheadBytes);
  for (let outage = 0; outage < 2; outage += 1) {
    expect([keep("a", 0), keep("b", 0), keep("c", 0)]).toEqual(["kept", "firstDropped", "dropped"]);
    release();
  }
  expect(sent).toEqual(["a", "a"]);
});

test("one that cannot be sent is told, and the rest is sent", () => {
  const { keep, keepThrowing, sent, failed, release } = letters(1_000);
  const refused = new Error("refused");
  keep("a", 0);
  keepThrowing(refused);
  keep("b", 0);
  release();
  expect([sent, failed]).toEqual([["a", "b"], [refused]]);
});

test("what was cleared is not sent", () => {
  const { keep, sent, release, clear } = letters(1_000);
  keep("a", 0);
  clear();
  release();
  expect(sent).toEqual([]);
});
