import { expect, test } from "vitest";
import { misreadVariables } from "../../../../observability/otlp/misread.ts";
import { headerValues, otlpSettings } from "../../../../observability/otlp/settings.ts";

const to = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://h" };
const url = "http://h";
const ratioOf = { OTEL_TRACES_SAMPLER: "traceidratio" };
const console_ = { ...to, OTEL_TRACES_EXPORTER: "console" };

type Case = readonly [
  flag: string | undefined,
  environment: Readonly<Record<string, string>>,
  told: readonly string[],
];

const cases: readonly Case[] = [
  [url, {}, []],
  [undefined, { OTEL_TRACES_SAMPLER: "always_of", OTEL_RESOURCE_ATTRIBUTES: "no" }, []],
  [
    undefined,
    { ...to, OTEL_TRACES_SAMPLER: "always_of" },
    [
      "OTEL_TRACES_SAMPLER=always_of is none of always_on, always_off, traceidratio and their parentbased_ forms; every run is sent",
    ],
  ],
  [url, { OTEL_TRACES_SAMPLER: "ParentBased_Always_On", OTEL_TRACES_SAMPLER_ARG: "abc" }, []],
  ...["0", "0.25", "1"].map((part): Case => [url, { ...ratioOf, OTEL_TRACES_SAMPLER_ARG: part }, []]),
  [
    url,
    { ...ratioOf, OTEL_TRACES_SAMPLER_ARG: "0.1%" },
    ["OTEL_TRACES_SAMPLER_ARG=0.1% is no number from 0 to 1; every run is sent"],
  ],
  [
    url,
    { OTEL_EXPORTER_OTLP_COMPRESSION: "zstd" },
    ["OTEL_EXPORTER_OTLP_COMPRESSION=zstd is neither gzip nor none; the trace is sent uncompressed"],
  ],
  [
    url,
    { OTEL_EXPORTER_OTLP_TRACES_COMPRESSION: "zstd", OTEL_EXPORTER_OTLP_COMPRESSION: "gzip" },
    [
      "OTEL_EXPORTER_OTLP_TRACES_COMPRESSION=zstd is neither gzip nor none; the trace is sent by gzip, as OTEL_EXPORTER_OTLP_COMPRESSION says",
    ],
  ],
  [url, { OTEL_EXPORTER_OTLP_TRACES_COMPRESSION: "none", OTEL_EXPORTER_OTLP_COMPRESSION: "zstd" }, []],
  [url, { OTEL_RESOURCE_ATTRIBUTES: "team=blue, , site=b%C3%BCro,," }, []],
  ...["team", "=blue", "team=a=b", "team=50%", `team=${"x".repeat(256)}`].map((flawed): Case => [
    url,
    { OTEL_RESOURCE_ATTRIBUTES: `site=1,${flawed}` },
    [
      `OTEL_RESOURCE_ATTRIBUTES holds ${flawed.length > 80 ? `${flawed.slice(0, 80)}…` : flawed}, which is no NAME=VALUE (write , = and % in either as %2C, %3D and %25; 255 characters at most); none of its attributes are sent`,
    ],
  ]),
  [url, { OTEL_EXPORTER_OTLP_TIMEOUT: "1500", OTEL_EXPORTER_OTLP_TRACES_TIMEOUT: "1e4" }, []],
  [
    url,
    { OTEL_EXPORTER_OTLP_TIMEOUT: "5s", OTEL_EXPORTER_OTLP_TRACES_TIMEOUT: "0" },
    [
      "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT=0 is no number of milliseconds above 0; it does not count",
      "OTEL_EXPORTER_OTLP_TIMEOUT=5s is no number of milliseconds above 0; it does not count",
    ],
  ],
  [url, { OTEL_EXPORTER_OTLP_HEADERS: "x-team=blue, ,authorization=Basic%20YTpi==,," }, []],
  ...["hunter2", "=hunter2", "key=", "key=50%", "key=a;hunter2"].map((flawed): Case => [
    url,
    { OTEL_EXPORTER_OTLP_TRACES_HEADERS: `x-team=blue,${flawed}` },
    [
      "pair 2 of OTEL_EXPORTER_OTLP_TRACES_HEADERS is no NAME=VALUE (write , ; and % in either as %2C, %3B and %25); it is not sent as it stands",
    ],
  ]),
  [
    undefined,
    console_,
    ["OTEL_TRACES_EXPORTER=console: a trace can be sent by otlp or by none; it is not sent"],
  ],
  [
    undefined,
    { ...to, OTEL_TRACES_EXPORTER: "otlp, console" },
    ["OTEL_TRACES_EXPORTER=otlp, console: a trace can be sent by otlp or by none; it is sent by otlp alone"],
  ],
  [undefined, { ...console_, OTEL_TRACES_SAMPLER: "always_of", OTEL_SDK_DISABLED: "true" }, []],
  [
    url,
    { OTEL_SDK_DISABLED: "1" },
    ["OTEL_SDK_DISABLED=1 is neither true nor false, and so does not count: the trace is sent"],
  ],
  [url, { OTEL_SDK_DISABLED: "False" }, []],
  [undefined, { OTEL_SDK_DISABLED: "1" }, []],
  [undefined, { ...to, OTEL_TRACES_EXPORTER: "None", OTEL_TRACES_SAMPLER: "always_of" }, []],
  [url, console_, []],
];

test.each(cases)(
  "with %j, what is asked for in %j and does not happen is told",
  (flag, environment, told) => {
    expect(misreadVariables(flag, (name) => environment[name])).toEqual(told);
  },
);

test("a secret in a value is not told", () => {
  const environment: Record<string, string> = { OTEL_RESOURCE_ATTRIBUTES: "api_key=hunter2=hunter2" };
  expect(misreadVariables(url, (name) => environment[name]).join()).not.toContain("hunter2");
});

test.each([
  [undefined, { ...to, OTEL_TRACES_EXPORTER: "none" }, undefined],
  [undefined, console_, undefined],
  [undefined, { OTEL_TRACES_EXPORTER: "OTLP" }, 1],
  [url, { OTEL_TRACES_EXPORTER: "none" }, 1],
  [url, { OTEL_SDK_DISABLED: "true" }, undefined],
  [url, { OTEL_TRACES_SAMPLER: "always_of" }, 1],
  [url, { OTEL_TRACES_SAMPLER: "Always_Off" }, 0],
  [url, { ...ratioOf, OTEL_TRACES_SAMPLER_ARG: "abc" }, 1],
  [url, { ...ratioOf, OTEL_TRACES_SAMPLER_ARG: "0" }, 0],
  [url, { ...ratioOf }, 1],
])("with %j and %j this part of the runs is sent: %j", (flag, environment: Record<string, string>, ratio) => {
  expect(otlpSettings(flag, (name) => environment[name])?.ratio).toBe(ratio);
});

test("what stands in headers is known as secret, encoded and not, also where its pair cannot be read", () => {
  const environment: Record<string, string> = {
    OTEL_EXPORTER_OTLP_HEADERS: "authorization=Basic%20YTpi==, x-team = blue",
    OTEL_EXPORTER_OTLP_TRACES_HEADERS: "key=50%,hunter22",
  };
  expect(new Set(headerValues((name) => environment[name]))).toEqual(
    new Set(["Basic%20YTpi==", "Basic YTpi==", "blue", "50%", "hunter22"]),
  );
});

test.each<[string, string | undefined, Readonly<Record<string, string>>]>([
  ["--otlp", "ftp://ann:hunter22@h", {}],
  ["OTEL_EXPORTER_OTLP_ENDPOINT", undefined, { OTEL_EXPORTER_OTLP_ENDPOINT: "ftp://ann:hunter22@h" }],
])(
  "the password of an address under %s is not told where the address is refused",
  (name, flag, environment) => {
    const settings = () => otlpSettings(flag, (each) => environment[each]);
    expect(settings).toThrow(`${name} is no URL of a collector: ftp://[redacted]@h`);
  },
);
