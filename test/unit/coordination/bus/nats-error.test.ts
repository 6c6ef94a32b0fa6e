import { expect, test } from "vitest";
import { BusError } from "../../../../coordination/bus/bus-error.ts";
import { connectFailed, toBusError } from "../../../../coordination/bus/nats-error.ts";

const failure = (code: string): Error => Object.assign(new Error(code), { code });

test.each([
  ["503", "NO_RESPONDERS"],
  ["TIMEOUT", "REQUEST_TIMEOUT"],
  ["PERMISSIONS_VIOLATION", "PERMISSION_DENIED"],
  ["AUTHORIZATION_VIOLATION", "PERMISSION_DENIED"],
  ["AUTHENTICATION_TIMEOUT", "PERMISSION_DENIED"],
  ["AUTHENTICATION_EXPIRED", "PERMISSION_DENIED"],
  ["ACCOUNT_EXPIRED", "PERMISSION_DENIED"],
  ["MAX_PAYLOAD_EXCEEDED", "PAYLOAD_TOO_LARGE"],
  ["CONNECTION_CLOSED", "BUS_CLOSED"],
  ["CONNECTION_DRAINING", "BUS_CLOSED"],
  ["DISCONNECT", "DISCONNECTED"],
  ["CONNECTION_REFUSED", "DISCONNECTED"],
  ["NATS_PROTOCOL_ERR", "SERVER_ERROR"],
])("the client's %s is the bus's %s", (code, expected) =>
  expect(toBusError(failure(code), "a")).toMatchObject({ code: expected }),
);

test("an error of the bus stays what it is, and anything else has a code all the same", () => {
  const error = new BusError("NOT_JSON", "no JSON");
  expect(toBusError(error, "a")).toBe(error);
  expect(toBusError("thrown", "a")).toMatchObject({ code: "SERVER_ERROR", cause: "thrown" });
});

test.each([
  ["AUTHENTICATION_TIMEOUT", "PERMISSION_DENIED"],
  ["PERMISSIONS_VIOLATION", "NO_SERVER"],
  ["CONNECTION_REFUSED", "NO_SERVER"],
])("a connect that ends in %s fails as %s", (code, expected) =>
  expect(connectFailed("nats://one", failure(code))).toMatchObject({ code: expected }),
);
