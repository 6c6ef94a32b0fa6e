import type { Clock } from "../../actors/runtime/clock.ts";
import type { RemoteSpec } from "../../actors/workflow/plan.ts";
import type { Reading } from "../../coordination/protocol/diagnostics.ts";
import type { LanguageModel } from "../../inference/model.ts";
import { remoteEndpoint, remoteModel, type RemoteEndpoint } from "../../inference/remote/model.ts";
import { presets, type PresetName } from "../../inference/remote/preset.ts";
import { secretHeaders, type Environment } from "./secrets.ts";

export type RemoteModelsDeps = {
  readonly clock: Clock;
  readonly seed: number;
  readonly environment: Environment;
};

export type RemoteModels = {
  readonly open: (name: string, digest: string, spec: RemoteSpec) => LanguageModel;
  /** How the circuit of each endpoint stands now. */
  readonly circuits: () => readonly Reading[];
};

/** Makes remote models; those of one endpoint with equal limits share its circuit and its places. Throws `NO_SECRET`. */
export const remoteModels = ({ clock, seed, environment }: RemoteModelsDeps): RemoteModels => {
  const endpoints = new Map<string, { readonly host: string; readonly endpoint: RemoteEndpoint }>();
  const open: RemoteModels["open"] = (name, digest, spec) => {
    const { baseUrl, model, confidence, limits } = spec;
    const key = JSON.stringify([baseUrl, limits]);
    const endpoint = endpoints.get(key)?.endpoint ?? remoteEndpoint(clock, limits);
    endpoints.set(key, { host: new URL(baseUrl).host, endpoint });
    const config = {
      name: digest,
      baseUrl,
      model,
      ...secretHeaders(name, spec, environment),
      dialect: presets[spec.preset as PresetName] ?? presets.generic,
      confidence,
      ...(spec.price === undefined ? {} : { price: spec.price }),
      ...(spec.temperature === undefined ? {} : { temperature: spec.temperature }),
      limits,
    };
    return remoteModel(config, { clock, seed, endpoint });
  };
  return {
    open,
    circuits: () =>
      Array.from(endpoints.values(), ({ host, endpoint }) => ({
        type: "circuit",
        provider: host,
        state: endpoint.circuit(),
      })),
  };
};
