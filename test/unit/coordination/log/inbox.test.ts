import { expect, test } from "vitest";
import { openInbox } from "../../../../coordination/log/inbox.ts";
import { runOf, turnOf } from "../../../support/log-rows.ts";

const run = runOf("run-1");
const rowsFrom = (first: number, count: number) =>
  Array.from({ length: count }, (_, at) => turnOf(run, first + at));

test("rows that follow each other wait together, and are taken once", () => {
  const inbox = openInbox();
  inbox.put(5, rowsFrom(5, 2), 10);
  inbox.put(7, rowsFrom(7, 1), 10);
  expect(inbox.take()).toEqual({ first: 5, rows: rowsFrom(5, 3) });
  expect(inbox.take()).toBeUndefined();
});

test("rows that others are missing before them take the place of those that waited", () => {
  const inbox = openInbox();
  inbox.put(0, rowsFrom(0, 2), 10);
  inbox.put(5, rowsFrom(5, 1), 10);
  expect(inbox.take()).toEqual({ first: 5, rows: rowsFrom(5, 1) });
});

test.each([
  ["rows", 4_000, 10],
  ["characters", 2, 5 * 1024 * 1024],
])("only the newest wait where they would be too many %s together", (_, count, chars) => {
  const inbox = openInbox();
  inbox.put(0, rowsFrom(0, count), chars);
  inbox.put(count, rowsFrom(count, count), chars);
  expect(inbox.take()).toMatchObject({ first: count, rows: { length: count } });
});

test.each([
  ["rows", 5_000, 10],
  ["characters", 2, 9 * 1024 * 1024],
])("too many %s at once are not kept", (_, count, chars) => {
  const inbox = openInbox();
  inbox.put(0, rowsFrom(0, 1), 10);
  inbox.put(1, rowsFrom(1, count), chars);
  expect(inbox.take()).toBeUndefined();
});

test.each([
  ["rows", 3_000, 10],
  ["characters", 2, 5 * 1024 * 1024],
])("once all was taken there is room for as many %s again", (_, count, chars) => {
  const inbox = openInbox();
  for (let first = 0; first < 3 * count; first += count) {
    inbox.put(first, rowsFrom(first, count - 1), chars);
    inbox.put(first + count - 1, rowsFrom(first + count - 1, 1), 10);
    expect(inbox.take()).toMatchObject({ first, rows: { length: count } });
  }
});
