import { expect, test } from "vitest";
import { readingOf, tellsContent } from "../../../../cli/trace/reading.ts";
import { handHeader } from "../../../support/turn-rows.ts";

const secrets: Readonly<Record<string, string>> = {
  FAR_KEY: "first-value",
  TEAM: "second-value",
  PATH_PART: "third-value",
  OTHER: "fourth-value",
};
const environment = (name: string): string | undefined => secrets[name];

test("what the environment holds under the names that a task names is left out of every text", () => {
  const plan = {
    models: {
      far: {
        apiKeyEnv: "FAR_KEY",
        headers: { "x-team": "${env:TEAM}", "x-both": "of ${env:TEAM} at ${env:PATH_PART}" },
      },
    },
    steps: [{ id: "env", prompt: "OTHER" }],
  };
  const { redact } = readingOf(handHeader({ plan }), { environment }, false);
  expect(redact(Object.values(secrets).join(" "))).toBe("[redacted] [redacted] [redacted] fourth-value");
});

test.each([
  [undefined, undefined, false],
  [true, undefined, true],
  [undefined, "true", true],
  [undefined, "TRUE", true],
  [undefined, "1", false],
  [undefined, "false", false],
])("with the flag %j and the variable %j contents are told: %j", (flag, value, told) => {
  const name = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT";
  expect(tellsContent(flag, { environment: (each) => (each === name ? value : undefined) })).toBe(told);
});
