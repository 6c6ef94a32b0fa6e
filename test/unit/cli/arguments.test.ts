import { expect, test } from "vitest";
import { memorySize, natsUrl, some } from "../../../cli/arguments.ts";

test.each([
  "nats://127.0.0.1:4222",
  "nats://localhost",
  "tls://nats.example.org:4443/",
  "localhost:4222",
  "nats://user:p%40ss@one:4222, nats://two:4222",
  "user:password@one:4222",
  "nats://token@one:4222",
  "nats://[::1]:4222",
])("%s is a NATS server", (url) => expect(natsUrl(url)).toBe(url));

test.each([
  "",
  " ",
  "garbage",
  "ws://host:1",
  "nats://",
  "nats://:4222",
  "host:99999",
  "one:1,,two:2",
  "nats://a b:1",
  "nats://:password@one:4222",
])("%j is none", (url) => expect(() => natsUrl(url)).toThrow("nats://host:port"));

test.each(["nats://u:100%@one:4222", "nats://one:4222,nats://%zz@two:4222", "nats://%E4@one:4222"])(
  "%s has a percent sign that stands for nothing",
  (url) => expect(() => natsUrl(url)).toThrow("write % in a user, a password or a token as %25"),
);

test("some are one or more", () => expect(["1", "20"].map(some)).toEqual([1, 20]));

test.each(["0", "", "-1", "1.5", "x", "1e3", "9999999999"])("%j are not some", (word) =>
  expect(() => some(word)).toThrow("write a whole number from 1"),
);

test.each([
  ["512B", 512],
  ["1.5KB", 1536],
  ["8GB", 8 * 1024 ** 3],
  ["8GiB", 8 * 1024 ** 3],
  ["8192MiB", 8 * 1024 ** 3],
  ["1TB", 1024 ** 4],
])("memory of %s is %i bytes", (word, bytes) => expect(memorySize(word)).toBe(bytes));
