import { systemClock } from "../../actors/runtime/clock.ts";
import type { InferenceAttempted, InferenceRequest } from "../../coordination/protocol/inference-messages.ts";
import type { LanguageModel, ModelCall } from "../../inference/model.ts";
import type { RemoteClock } from "../../inference/remote/clock.ts";
import type { RemoteConfig, RemoteLimits } from "../../inference/remote/config.ts";
import { remoteEndpoint, remoteModel } from "../../inference/remote/model.ts";
import { presets } from "../../inference/remote/preset.ts";

/** For the first byte and for the next one. */
const patienceMs = 5_000;

export const testLimits: RemoteLimits = {
  retries: 2,
  timeoutMs: 20_000,
  attemptTimeoutMs: 10_000,
  firstByteTimeoutMs: patienceMs,
  idleTimeoutMs: patienceMs,
  concurrency: 8,
  circuitFailures: 3,
  circuitOpenMs: 30_000,
};

export type Attempt = Omit<InferenceAttempted, "type" | "request">;

const question: InferenceRequest = {
  model: "m",
  agent: "ada",
  lines: [{ role: "user", content: "Merge?" }],
  maxTokens: 64,
  temperature: 0,
};

/** A remote model for tests, and what it put on record. */
export const testModel = (
  baseUrl: string,
  {
    clock = quickClock(),
    limits,
    ...config
  }: Partial<Omit<RemoteConfig, "limits">> & {
    readonly clock?: RemoteClock;
    readonly limits?: Partial<RemoteLimits>;
  } = {},
): {
  readonly model: LanguageModel;
  readonly attempts: Attempt[];
  readonly ask: (
    request?: Partial<InferenceRequest>,
    signal?: AbortSignal,
    call?: Partial<ModelCall>,
  ) => ReturnType<LanguageModel["infer"]>;
  /** As `ask`, with the reply piece by piece. */
  readonly stream: (onText: (text: string) => void) => ReturnType<LanguageModel["infer"]>;
} => {
  const attempts: Attempt[] = [];
  const all = { ...testLimits, ...limits };
  const model = remoteModel(
    {
      name: "remote:mock",
      baseUrl,
      model: "big",
      headers: {},
      secrets: [],
      dialect: presets.openai,
      confidence: "logprobs",
      limits: all,
      ...config,
    },
    { clock, seed: 1, endpoint: remoteEndpoint(clock, all) },
  );
  return {
    model,
    attempts,
    stream: async (onText) => {
      const reply = await model.stream?.(question, new AbortController().signal, onText);
      if (reply === undefined) throw new Error("a remote model streams");
      return reply;
    },
    ask: (request, signal = new AbortController().signal, call) =>
      model.infer({ ...question, ...request }, signal, {
        request: "r",
        tries: Number.POSITIVE_INFINITY,
        attempts: 0,
        recorded: async () => undefined,
        attempted: (attempt) => void attempts.push(attempt),
        ...call,
      }),
  };
};

/**
 * The machine's clock, but for two things: waits between tries are over at once, and patience with an endpoint is, as soon as
 * `isSilent` says that nothing more will come.
 */
export const quickClock = (isSilent: () => boolean = () => false): RemoteClock => {
  const clock = systemClock();
  return {
    nowUs: () => clock.nowUs(),
    after: (ms, fire) => {
      if (ms < patienceMs) return clock.after(0, fire);
      if (ms > patienceMs) return clock.after(ms, fire);
      const watch = setInterval(() => {
        if (isSilent()) fire();
      }, 20);
      return () => clearInterval(watch);
    },
  };
};
