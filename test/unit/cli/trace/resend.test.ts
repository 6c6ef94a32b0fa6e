import { expect, test } from "vitest";
import { resendCommand } from "../../../../cli/trace/resend.ts";
import { otlpSettings } from "../../../../observability/otlp/settings.ts";

const own = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";
const shared = "OTEL_EXPORTER_OTLP_ENDPOINT";

type Case = readonly [
  flag: string | undefined,
  environment: Readonly<Record<string, string>>,
  postsTo: string,
  again: string,
];

const cases: readonly Case[] = [
  ["http://h", {}, "http://h/v1/traces", "--otlp http://h/v1/traces"],
  ["http://h/ingest/", {}, "http://h/ingest/v1/traces", "--otlp http://h/ingest/v1/traces"],
  ["http://h/v1/traces/", {}, "http://h/v1/traces/", "--otlp http://h/v1/traces/"],
  ["http://h/?a=1&b=2", {}, "http://h/v1/traces?a=1&b=2", "--otlp 'http://h/v1/traces?a=1&b=2'"],
  ["http://h", { [own]: "http://other/ingest" }, "http://h/v1/traces", "--otlp http://h/v1/traces"],
  [undefined, { [shared]: "http://h" }, "http://h/v1/traces", "--otlp http://h/v1/traces"],
  [
    undefined,
    { [shared]: "http://h/v1/traces" },
    "http://h/v1/traces/v1/traces",
    "--otlp http://h/v1/traces/v1/traces",
  ],
  [undefined, { [own]: "http://h/v1/traces" }, "http://h/v1/traces", "--otlp http://h/v1/traces"],
  [undefined, { [own]: "http://h/ingest/otlp" }, "http://h/ingest/otlp", "--otlp"],
  [undefined, { [own]: "http://h", [shared]: "http://other" }, "http://h/", "--otlp"],
  [undefined, { [shared]: "http://ann:hunter22@h" }, "http://ann:hunter22@h/v1/traces", "--otlp"],
  ["http://ann:hunter22@h", {}, "http://ann:hunter22@h/v1/traces", "--otlp 'http://[redacted]@h/v1/traces'"],
];

test.each(cases)("with %j and %j it posts to %s, and again by %s", (flag, environment, postsTo, again) => {
  const settingsOf = (url: string | undefined) => otlpSettings(url, (name) => environment[name]);
  const otlp = settingsOf(flag);
  expect(otlp?.url).toBe(postsTo);
  if (otlp === undefined) return;
  expect(resendCommand("r", otlp, false)).toBe(`swarm trace r ${again}`);
  expect(resendCommand("r", otlp, true)).toBe(`swarm trace r ${again} --trace-content`);
  const repeated = /^--otlp '?([^']+)'?$/.exec(again)?.[1];
  if (repeated?.includes("[redacted]") !== true) expect(settingsOf(repeated)?.url).toBe(postsTo);
});
