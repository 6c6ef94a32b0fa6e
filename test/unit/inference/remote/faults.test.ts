import { expect, test } from "vitest";
import { faultOf } from "../../../../inference/remote/fault.ts";
import { mockProvider } from "../../../support/mock-provider.ts";
import { testModel } from "../../../support/remote-model.ts";

/** As Node's `fetch` throws it, and the package around it once more. */
const thrown = (code: string): Error =>
  new Error("Cannot connect to API", {
    cause: new TypeError("fetch failed", { cause: Object.assign(new Error("no"), { code }) }),
  });

test.each([
  "CERT_HAS_EXPIRED",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "ERR_TLS_CERT_ALTNAME_INVALID",
  "ERR_SSL_WRONG_VERSION_NUMBER",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "INVALID_PURPOSE",
  "HOSTNAME_MISMATCH",
])("a certificate that is not trusted is told, costs nothing, and no other try would help: %s", (code) => {
  expect(faultOf(thrown(code), 0)).toMatchObject({
    code: "PROVIDER_FAILED",
    message: `cannot connect safely: ${code}`,
    again: false,
    isEndpoints: true,
    mayCost: false,
  });
});

test.each([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
])("a connection that was never made costs nothing, and another try may help: %s", (code) => {
  expect(faultOf(thrown(code), 0)).toMatchObject({
    message: `cannot connect: ${code}`,
    again: true,
    isEndpoints: true,
    mayCost: false,
  });
});

test.each(["ECONNRESET", "EPIPE", "UND_ERR_SOCKET"])(
  "a connection that breaks may have cost something, and another try may help: %s",
  (code) => {
    expect(faultOf(thrown(code), 0)).toMatchObject({
      message: `the connection broke: ${code}`,
      again: true,
      isEndpoints: true,
      mayCost: true,
    });
  },
);

test.each([
  ["a key with a sign that no header may have", { Authorization: "Bearer sk–123456" }],
  ["a key of two lines", { Authorization: "Bearer sk-123456\nsk-789012" }],
  ["a name of a header with a blank", { "X Key": "abc" }],
])("%s is told, sends nothing and costs nothing", async (_, headers) => {
  const server = await mockProvider();
  const secrets = Object.values(headers);
  const { ask, attempts } = testModel(server.baseUrl, { headers, secrets });
  const outcome = await ask();
  expect(outcome).toMatchObject({ type: "failure", failure: { code: "BAD_REQUEST", retryable: false } });
  expect(outcome).not.toHaveProperty("failure.usage");
  expect(JSON.stringify(outcome)).toContain("correct the key, the headers or baseUrl");
  expect(JSON.stringify(outcome)).not.toContain("789012");
  expect([attempts, server.requests]).toEqual([[], []]);
  await server.close();
});
