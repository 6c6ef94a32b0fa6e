import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createHash } from "node:crypto";
import { afterAll, describe, expect, test } from "vitest";
import { modelDigest } from "../../../inference/llama/digest.ts";
import { readGgufHeader } from "../../../inference/llama/gguf-header.ts";
import { tinyGguf } from "../../support/tiny-gguf.ts";

const folder = mkdtempSync(join(tmpdir(), "swarm-header-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const fileOf = (bytes: Uint8Array): string => {
  const file = join(folder, "model.gguf");
  writeFileSync(file, bytes);
  return file;
};
const changed = (at: number, ...bytes: readonly number[]): Buffer => {
  const whole = tinyGguf();
  whole.set(bytes, at);
  return whole;
};

describe("the header of a model file", () => {
  test("is read from a real one", () => {
    expect(readGgufHeader(fileOf(tinyGguf()))).toMatchObject({
      type: "gguf",
      version: 3,
      tensors: 20,
      keys: 28,
      shape: { architecture: "llama", layers: 2, heads: 4, kvHeads: 2, headDim: 32, kvItemsPerToken: 256 },
    });
  });

  test.each([
    ["an empty file", Buffer.alloc(0), "is not a GGUF model"],
    ["a cut header", tinyGguf().subarray(0, 23), "is not a GGUF model"],
    ["a page of HTML", Buffer.from("<!doctype html><title>not found</title>"), "is not a GGUF model"],
    ["a version of the future", changed(4, 99), "is GGUF version 99"],
    ["a wrong byte order", changed(4, 0, 0, 0, 3), "is GGUF version"],
    ["no tensors", changed(8, 0), "0 tensors"],
    [
      "more tensors than any model has",
      changed(8, 255, 255, 255, 255, 255, 255, 255, 255),
      "so it is damaged",
    ],
    ["more keys than any model has", changed(16, 255, 255, 255, 255, 255, 255, 255, 127), "so it is damaged"],
  ])("refuses %s", (_, bytes, message) => {
    expect(readGgufHeader(fileOf(bytes))).toEqual({
      type: "unusable",
      message: expect.stringContaining(message),
    });
  });

  test("tells what to do about a file that is not there", () => {
    const file = join(folder, "none.gguf");
    expect(readGgufHeader(file)).toEqual({
      type: "missing",
      message: `there is no model file ${file}; put it there or correct the path under models`,
    });
  });

  test("a folder is no model", () => {
    expect(readGgufHeader(folder)).toMatchObject({
      type: "unusable",
      message: expect.stringContaining("EISDIR"),
    });
  });
});

describe("the digest of a model", () => {
  test("is the sha256 of the file", async () => {
    const expected = createHash("sha256").update(tinyGguf()).digest("hex");
    expect(await modelDigest(fileOf(tinyGguf()))).toBe(`sha256:${expected}`);
  });

  test("of a file that is not there is a broken world", async () => {
    await expect(modelDigest(join(folder, "none.gguf"))).rejects.toMatchObject({ code: "NO_MODEL" });
  });
});

test("the fixture has the same bytes on every run", () => {
  const digest = createHash("sha256").update(tinyGguf()).digest("hex");
  expect(digest).toMatchInlineSnapshot(`"b579b163fb5ce17da5b095a1905759155890cd8c9fdcbc5a2e89020d958ad34a"`);
  expect(tinyGguf({ seed: 2 })).not.toEqual(tinyGguf());
});
