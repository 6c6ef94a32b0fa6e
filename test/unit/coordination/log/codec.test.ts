import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeRow, encodeRow, sha256 } from "../../../../coordination/log/codec.ts";
import { canonical, type Json } from "../../../../coordination/protocol/json.ts";
import { actorId, envelopeId, runId } from "../../../../coordination/protocol/ids.ts";
import type { Row } from "../../../../coordination/protocol/row.ts";
import { headerOf, runOf, turnOf } from "../../../support/log-rows.ts";

const run = runOf("run-1");
const withPlan = (plan: Json): Row => ({ ...headerOf(run), plan });

const keys = fc.oneof(
  fc.string(),
  fc.constantFrom("blob", "~blob", "~~blob", "bytes", "__proto__", "constructor", "blobs", "x blob"),
);
const strings = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.string({ minLength: 500, maxLength: 600 }),
  fc.string({ unit: "binary", minLength: 150, maxLength: 300 }),
);
const json = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    strings,
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(keys, tie("value"), { maxKeys: 4 }),
  ),
})).value;

const decoded = (row: Row): ReturnType<typeof decodeRow> => {
  const { text, blobs } = encodeRow(row);
  return decodeRow(text, (hash) =>
    Buffer.from(blobs.find((blob) => blob.hash === hash)?.bytes ?? []).toString(),
  );
};

const roundTrip = (row: Row): Row => decoded(row).row;

test("a row carries the digest of each of its effects", () => {
  const entry = { type: "decision.closed", decision: "d", reason: "deadline" } as const;
  const row: Row = {
    type: "turn",
    run: runId("r"),
    actor: actorId("workflow"),
    seq: 0,
    atUs: 1,
    cause: envelopeId("host#0.0"),
    input: { type: "run.started" },
    effects: [
      { type: "cancelTimer", timer: "t" },
      { type: "propose", entry },
    ],
  };
  const { digests, row: back } = decoded(row);
  expect(back).toEqual(row);
  // Of {"timer":"t","type":"cancelTimer"} and {"entry":{"decision":"d","reason":"deadline","type":"decision.closed"},"type":"propose"}, by sha256sum.
  expect(digests).toEqual([
    "e03e43d236ddad7b477cd14790d2bcd1bb61c42f94e4a42533e4c21b7cdf307b",
    "8c0ff32c5bbd293c07a73ac17c4f52814fc32d6c404c545ab52400fe9ea8651b",
  ]);
  expect(decoded(withPlan(null)).digests).toEqual([]);
});

test("any data comes back", () => {
  fc.assert(
    fc.property(json, (plan) => {
      expect(canonical(roundTrip(withPlan(plan)))).toBe(canonical(withPlan(plan)));
    }),
    { numRuns: 500 },
  );
});

test("the stored form is what JSON.stringify says of it", () => {
  fc.assert(
    fc.property(json, (plan) => {
      const { text } = encodeRow(withPlan(plan));
      expect(JSON.stringify(JSON.parse(text))).toBe(text);
    }),
  );
});

test("a row without large strings or blob keys is stored as its JSON, its digests last", () => {
  const row = turnOf(run, 3);
  expect(encodeRow(row).text).toBe(JSON.stringify({ ...row, digests: decoded(row).digests }));
});

test("a string of 512 bytes stays, one of 513 becomes a blob", () => {
  const plan = ["x".repeat(512), "x".repeat(513), "ä".repeat(256), `${"ä".repeat(256)}x`];
  const { text, blobs } = encodeRow(withPlan(plan));
  expect(blobs.map(({ bytes }) => Buffer.from(bytes).toString())).toEqual([plan[1], plan[3]]);
  expect(text).toContain(`{"blob":"${sha256("x".repeat(513))}","bytes":513}`);
});

test.each<[string, unknown]>([
  ["NaN", Number.NaN],
  ["infinity", Number.POSITIVE_INFINITY],
  ["a function", () => 0],
  ["a bigint", 1n],
  ["undefined in a list", [undefined]],
  ["a function beside a large string", ["x".repeat(600), () => 0]],
  ["NaN beside a large string", { large: "x".repeat(600), number: Number.NaN }],
])("%s has no stored form", (_, plan) => {
  expect(() => encodeRow({ ...headerOf(run), plan: plan as Json })).toThrow(TypeError);
});
