/** The value of an environment variable. */
export type Environment = (name: string) => string | undefined;

/** The same without white space around it; an empty one counts as not set. */
export type Value = (name: string) => string | undefined;

export const valueIn =
  (environment: Environment): Value =>
  (name) =>
    environment(name)?.trim() || undefined;

/** Nothing is sent, whoever asks for it. */
export const isDisabled = (environment: Environment): boolean =>
  valueIn(environment)("OTEL_SDK_DISABLED")?.toLowerCase() === "true";

/** The exporters that `OTEL_TRACES_EXPORTER` names; `undefined` where it is not set. */
export const exportersIn = (value: Value): readonly string[] | undefined =>
  value("OTEL_TRACES_EXPORTER")
    ?.toLowerCase()
    .split(",")
    .map((name) => name.trim());

export const ownEndpoint = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";
export const sharedEndpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";

/** The first stands in for what the second does not name. */
export const headerLists = ["OTEL_EXPORTER_OTLP_HEADERS", "OTEL_EXPORTER_OTLP_TRACES_HEADERS"] as const;

export const sampler = "OTEL_TRACES_SAMPLER";
export const samplerPart = "OTEL_TRACES_SAMPLER_ARG";

/** Which part of the runs is sent, from 0 to 1; `misread`: the variable that was not understood, for which all are. */
export type Sampling = { readonly ratio: number; readonly misread?: typeof sampler | typeof samplerPart };

export const samplingIn = (value: Value): Sampling => {
  const name = value(sampler)?.toLowerCase();
  switch (name?.replace(/^parentbased_/, "")) {
    case "always_off":
      return { ratio: 0 };
    case "traceidratio": {
      const ratio = Number(value(samplerPart) ?? 1);
      return ratio >= 0 && ratio <= 1 ? { ratio } : { ratio: 1, misread: samplerPart };
    }
    case undefined:
    case "always_on":
      return { ratio: 1 };
    default:
      return { ratio: 1, misread: sampler };
  }
};
