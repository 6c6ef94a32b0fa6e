import { expect, test } from "vitest";
import { connectionOptions } from "../../../../coordination/bus/nats-options.ts";

const ann = { user: "ann", pass: "s:cret" };

test.each([
  ["nats://one:4222", { servers: ["nats://one:4222"] }],
  ["one:4222", { servers: ["one:4222"] }],
  ["nats://one:1, nats://two:2 ", { servers: ["nats://one:1", "nats://two:2"] }],
  ["nats://ann:s%3Acret@one:1", { servers: ["nats://one:1"], ...ann }],
  ["one:1,ann:s%3Acret@two:2,bob:x@three:3", { servers: ["one:1", "two:2", "three:3"], ...ann }],
  ["nats://t%3Aken@one:1", { servers: ["nats://one:1"], token: "t:ken" }],
])("%s names its servers, and the first credentials in it count", (url, expected) => {
  const { servers, user, pass, token } = {
    user: undefined,
    pass: undefined,
    token: undefined,
    ...connectionOptions({ url }),
  };
  expect({ servers, user, pass, token }).toEqual({
    user: undefined,
    pass: undefined,
    token: undefined,
    ...expected,
  });
});

test("credentials that are given beside the address come before those in it", () => {
  const credentials = { type: "token", token: "given" } as const;
  const options = connectionOptions({ url: "nats://ann:s%3Acret@one:1", credentials });
  expect(options).toMatchObject({ servers: ["nats://one:1"], token: "given" });
  expect(options).not.toHaveProperty("user");
});
