import { expect, test } from "vitest";
import { encodeChunk, genesisHash, openChunk } from "../../../../coordination/log/chunk.ts";
import { encodeRow, sha256 } from "../../../../coordination/log/codec.ts";
import { headerOf, runOf, turnOf } from "../../../support/log-rows.ts";

const [one, two] = [runOf("run-1"), runOf("run-2")];
const rows = [turnOf(one, 4), turnOf(one, 5, "agent/ä")].map(encodeRow);
const parts = [
  { run: two, first: 0, rows: [encodeRow(headerOf(two))], previous: genesisHash },
  { run: one, first: 7, rows, previous: sha256("before") },
];

test("each run has a section, with its rows, their positions and their actors", () => {
  const sectionOf = openChunk(encodeChunk(3, parts).value, 3);
  expect(sectionOf(one).rows).toEqual(rows.map(({ actor, text }, at) => ({ actor, position: 7 + at, text })));
  expect(sectionOf(two).rows).toMatchObject([{ actor: undefined, position: 0 }]);
  expect(() => sectionOf(runOf("run-3"))).toThrow(expect.objectContaining({ code: "LOG_CORRUPT" }));
});

test("the hash of a section covers its rows and the hash before", () => {
  const { value, linked } = encodeChunk(3, parts);
  const section = openChunk(value, 3)(one);
  const hash = sha256(`${sha256("before")}\n${rows.map(({ text }) => `${text}\n`).join("")}`);
  expect([section.previous, section.hash, section.computeHash()]).toEqual([sha256("before"), hash, hash]);
  expect(linked.map(([{ run }, linkedHash]) => [run, linkedHash])).toEqual([
    [two, openChunk(value, 3)(two).hash],
    [one, hash],
  ]);
});

test("a chunk in the place of another is found out", () => {
  expect(() => openChunk(encodeChunk(3, parts).value, 4)).toThrow(
    expect.objectContaining({ code: "LOG_CORRUPT", message: expect.stringContaining("it is chunk 3") }),
  );
});
