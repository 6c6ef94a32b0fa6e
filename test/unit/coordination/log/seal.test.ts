import { crc32 } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { seal, unseal } from "../../../../coordination/log/seal.ts";

const bytes = fc.uint8Array({ maxLength: 6_000 });

test("what was sealed is unsealed", () => {
  fc.assert(
    fc.property(bytes, fc.boolean(), (body, dull) => {
      const content = dull ? new Uint8Array(body.length) : body;
      expect(Buffer.from(content).equals(unseal(seal(content), "x"))).toBe(true);
    }),
  );
});

test("any flipped bit and any cut is LOG_CORRUPT", () => {
  fc.assert(
    fc.property(bytes, fc.nat(), fc.nat(7), (body, at, bit) => {
      const sealed = seal(body);
      const flipped = Buffer.from(sealed);
      const place = at % sealed.length;
      flipped[place] = (flipped[place] ?? 0) ^ (1 << bit);
      expect(() => unseal(flipped, "chunk 7")).toThrow(
        expect.objectContaining({ code: "LOG_CORRUPT", message: expect.stringContaining("chunk 7") }),
      );
      expect(() => unseal(sealed.subarray(0, place), "chunk 7")).toThrow(
        expect.objectContaining({ code: "LOG_CORRUPT" }),
      );
    }),
  );
});

test.each([
  ["version", 4, 2],
  ["flag", 5, 2],
])("an unknown %s is LOG_VERSION", (_, at, value) => {
  const sealed = seal(Buffer.from("body"));
  sealed[at] = value;
  sealed.writeUInt32LE(crc32(sealed.subarray(12), crc32(sealed.subarray(0, 8))), 8);
  expect(() => unseal(sealed, "chunk 7")).toThrow(
    expect.objectContaining({ code: "LOG_VERSION", message: expect.stringContaining("chunk 7") }),
  );
});
