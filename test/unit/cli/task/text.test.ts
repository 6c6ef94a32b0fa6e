import { expect, test } from "vitest";
import { decodeText } from "../../../../cli/task/text.ts";

const bytes = (...parts: readonly (string | readonly number[])[]): Uint8Array =>
  Buffer.concat(parts.map((part) => Buffer.from(typeof part === "string" ? Buffer.from(part) : part)));
const many = (byte: number, count: number): readonly number[] => Array.from({ length: count }, () => byte);

test.each<[string, Uint8Array, string]>([
  ["nothing", bytes(), ""],
  ["text with a byte order mark", bytes([0xef, 0xbb, 0xbf], "ä"), "ä"],
  ["a log in colours", bytes("\u001b[1m\u001b[0m".repeat(20)), "\u001b[1m\u001b[0m".repeat(20)],
  ["tabs, form feeds and ends of lines", bytes("\t\n\v\f\r\b"), "\t\n\v\f\r\b"],
  [
    "a tenth of control characters",
    bytes(many(0x01, 10), "x".repeat(90)),
    "\u0001".repeat(10) + "x".repeat(90),
  ],
  ["a tenth of broken bytes", bytes(many(0xff, 10), "x".repeat(90)), "\ufffd".repeat(10) + "x".repeat(90)],
  ["a hundredth of NULs", bytes([0], "x".repeat(99)), `\ufffd${"x".repeat(99)}`],
])("%s is text", (_, given, text) => expect(decodeText(given)).toEqual({ type: "text", text }));

test.each<[string, Uint8Array, string]>([
  ["UTF-16", bytes([0xff, 0xfe, 0x61, 0x00]), "it is UTF-16"],
  ["UTF-16 the other way round", bytes([0xfe, 0xff, 0x00, 0x61]), "it is UTF-16"],
  ["more than a hundredth of NULs", bytes([0], "x".repeat(98)), "it holds NUL bytes"],
  [
    "more than a tenth of control characters",
    bytes(many(0x01, 10), "x".repeat(89)),
    "most of it is no UTF-8",
  ],
  ["more than a tenth of broken bytes", bytes(many(0xff, 10), "x".repeat(89)), "most of it is no UTF-8"],
  ["that of both together", bytes(many(0x0e, 5), many(0xff, 6), "x".repeat(89)), "most of it is no UTF-8"],
])("%s is none", (_, given, reason) => expect(decodeText(given)).toEqual({ type: "binary", reason }));
