import fc from "fast-check";
import { expect, test } from "vitest";
import { inputScope } from "../../../../actors/workflow/scope.ts";
import {
  allResults,
  itemAt,
  itemChunk,
  withItem,
  withResults,
  type ItemResults,
  type ResultList,
} from "../../../../actors/workflow/state.ts";

test("items of a map come back whatever the order in which they ended, as plain JSON", () => {
  const indices = fc.uniqueArray(fc.nat(3 * itemChunk), { minLength: 1, maxLength: 30 });
  fc.assert(
    fc.property(indices, (ended) => {
      const items = ended.reduce<ItemResults>((all, index) => withItem(all, index, { at: index }), []);
      for (let index = 0; index <= 3 * itemChunk; index += 1)
        expect(itemAt(items, index)).toEqual(ended.includes(index) ? { at: index } : null);
      expect(JSON.parse(JSON.stringify(items))).toStrictEqual(items);
    }),
  );
});

test("a long sequence keeps all results, and a step of it copies few of them", () => {
  let list: ResultList = [];
  for (let at = 0; at < 200; at += 1) {
    const next = withResults(list, { [`s${at}`]: at });
    expect(next.filter((chunk) => !list.includes(chunk))).toHaveLength(1);
    list = next;
  }
  expect(Object.keys(allResults(list))).toEqual(Array.from({ length: 200 }, (_, at) => `s${at}`));
  for (const chunk of list) expect(Object.keys(chunk).length).toBeLessThanOrEqual(32);
});

test.each([
  ["", []],
  ["\n", [""]],
  ["one", ["one"]],
  ["one\n", ["one"]],
  ["one\r\ntwo\rthree\n\n", ["one", "two", "three", ""]],
])("the lines of %j are numbered from 1, without their ends", (text, lines) => {
  const { log } = inputScope({ log: { type: "file", path: "p", text } });
  expect(log).toEqual({ path: "p", text, lines: lines.map((line, at) => ({ number: at + 1, text: line })) });
});
