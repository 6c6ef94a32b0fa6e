import { resolve } from "node:path";
import type { ModelSpec, RemoteSpec, RunPlan } from "../../actors/workflow/plan.ts";
import { isReference } from "../../inference/llama/model-reference.ts";
import { presets } from "../../inference/remote/preset.ts";
import { listedPrice, priceOf } from "../../inference/remote/prices.ts";
import { given } from "./given.ts";
import { defaults } from "./limits.ts";
import type { Task, TaskAgent, TaskModel } from "./schema.ts";
import { durationMs } from "./units.ts";
import { voterShorthand } from "./voters.ts";

/** Those under `models`, and those that agents and fallbacks name as `voter:NAME`. */
export const modelsOf = (task: Task, folder: string): RunPlan["models"] => {
  const named = Object.values(task.agents).flatMap((agent) => modelChain(agent, task));
  const shipped = named.flatMap((model): readonly (readonly [string, ModelSpec])[] => {
    const voter = voterShorthand(model);
    return voter === undefined ? [] : [[model, { provider: "voter", voter }]];
  });
  return Object.fromEntries([
    ...Object.entries(task.models ?? {}).map(([name, model]): readonly [string, ModelSpec] => [
      name,
      modelOf(model, folder),
    ]),
    ...shipped,
  ]);
};

/** The models that an agent asks, one after the other where one fails: its own, each followed by the fallback of it. */
export const modelChain = (
  { model }: Pick<TaskAgent, "model">,
  { models = {} }: Pick<Task, "models">,
): readonly string[] => {
  const chain = new Set<string>();
  const follow = (name: string): void => {
    if (chain.has(name)) return;
    chain.add(name);
    const spec = Object.hasOwn(models, name) ? models[name] : undefined;
    spec?.fallback?.forEach(follow);
  };
  [model].flat().forEach(follow);
  return [...chain];
};

const modelOf = (model: TaskModel, folder: string): ModelSpec => {
  switch (model.provider) {
    case "voter":
      return { provider: "voter", voter: model.voter };
    case "llama":
      return {
        provider: "llama",
        file: isReference(model.file) ? model.file : resolve(folder, model.file),
        context: model.context ?? defaults.contextTokens,
        temperature: model.temperature ?? defaults.temperature,
        ...given({ threads: model.threads }),
      };
    case "scripted":
      return {
        provider: "scripted",
        replies: model.replies.map(({ text, ...rest }) => ({ text, ...given(rest) })),
      };
    case "openai-compatible":
      return remoteOf(model);
  }
};

export type RemoteModel = Extract<TaskModel, { provider: "openai-compatible" }>;

const remoteOf = (model: RemoteModel): RemoteSpec => {
  const { preset = "generic", temperature, apiKey, headers = {}, circuit = {} } = model;
  const confidence = model.confidence ?? (presets[preset].logprobs ? "logprobs" : "stated");
  const baseUrl = (model.baseUrl ?? presets[preset].baseUrl ?? "").replace(/\/+$/, "");
  const price = remotePrice({ ...model, preset, baseUrl });
  const time = (text: string | undefined, usualMs: number) =>
    text === undefined ? usualMs : durationMs(text);
  return {
    provider: "openai-compatible",
    preset,
    baseUrl,
    model: model.model,
    ...given({ apiKey, temperature }),
    headers,
    confidence,
    ...(confidence === "sampled" ? { samples: model.samples ?? defaults.samples } : {}),
    ...(price === undefined ? {} : { price }),
    limits: {
      retries: model.retries ?? remoteDefaults.retries,
      timeoutMs: time(model.timeout, remoteDefaults.timeoutMs),
      attemptTimeoutMs: time(model.attemptTimeout, remoteDefaults.attemptTimeoutMs),
      firstByteTimeoutMs: time(model.firstByteTimeout, remoteDefaults.firstByteTimeoutMs),
      idleTimeoutMs: time(model.idleTimeout, remoteDefaults.idleTimeoutMs),
      concurrency: model.concurrency ?? remoteDefaults.concurrency,
      circuitFailures: circuit.failures ?? remoteDefaults.circuitFailures,
      circuitOpenMs: time(circuit.openFor, remoteDefaults.circuitOpenMs),
    },
  };
};

/** What a remote model costs: as the task says, nothing on one's own machine, or as listed. `null`: nobody knows. */
export const remotePrice = ({
  price,
  preset = "generic",
  baseUrl = presets[preset].baseUrl ?? "",
  model,
}: Pick<RemoteModel, "price" | "preset" | "baseUrl" | "model">): RemoteSpec["price"] => {
  if (price !== undefined) return priceOf(price.input, price.output);
  return presets[preset].isFree ? undefined : (listedPrice(baseUrl, model) ?? null);
};

const remoteDefaults: RemoteSpec["limits"] = {
  retries: 2,
  timeoutMs: 5 * 60_000,
  attemptTimeoutMs: 2 * 60_000,
  firstByteTimeoutMs: 60_000,
  idleTimeoutMs: 30_000,
  concurrency: 8,
  circuitFailures: 5,
  circuitOpenMs: 30_000,
};
