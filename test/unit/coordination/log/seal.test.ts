import { crc32, deflateRawSync } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { seal, sealText, unseal } from "../../../../coordination/log/seal.ts";

const bytes = fc.uint8Array({ maxLength: 6_000 });

test("what was sealed is unsealed", () => {
  fc.assert(
    fc.property(bytes, fc.boolean(), (body, dull) => {
      const content = dull ? new Uint8Array(body.length) : body;
      expect(Buffer.from(content).equals(unseal(seal(content), "x"))).toBe(true);
    }),
  );
});

test("a text is unsealed as it was, and never packed", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 6_000 }), (text) => {
      const sealed = sealText(text);
      expect(unseal(sealed, "x").toString()).toBe(text);
      expect(sealed.length).toBe(12 + Buffer.byteLength(text));
    }),
  );
  expect(sealText("a".repeat(5_000)).length).toBe(5_012);
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

/** A sealed value of which a byte was changed and the checksum made right again. */
const changed = (sealed: Buffer, at: number, value: number): Buffer => {
  sealed[at] = value;
  sealed.writeUInt32LE(crc32(sealed.subarray(12), crc32(sealed.subarray(0, 8))), 8);
  return sealed;
};

test("a repetitive body is packed, and what was deflated is unsealed too", () => {
  const body = Buffer.alloc(5_000, "a row of a log\n");
  expect(seal(body).length).toBeLessThan(200);
  const deflated = Buffer.concat([seal(Buffer.alloc(0)), deflateRawSync(body)]);
  expect(unseal(changed(deflated, 5, 1), "x").equals(body)).toBe(true);
});

test.each([
  ["version", 4, 2],
  ["way of packing", 5, 3],
])("an unknown %s is LOG_VERSION", (_, at, value) => {
  const sealed = changed(seal(Buffer.from("body")), at, value);
  expect(() => unseal(sealed, "chunk 7")).toThrow(
    expect.objectContaining({ code: "LOG_VERSION", message: expect.stringContaining("chunk 7") }),
  );
});
