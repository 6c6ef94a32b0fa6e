import type {
  InferenceReply,
  InferenceRequest,
  Usage,
} from "../../coordination/protocol/inference-messages.ts";
import { priceOfTokens, utf8Bytes, worstCaseTokens } from "../budget.ts";
import { failed, failureOf, type InferenceOutcome, type LanguageModel, type ModelCall } from "../model.ts";
import { createRandom, hashOf } from "../voters/random.ts";
import { ask, loadProviderPackages, type Answer, type ProviderPackages } from "./ask.ts";
import type { RemoteClock } from "./clock.ts";
import type { RemoteConfig } from "./config.ts";
import { endedBy, faultOf, RemoteFault, timedOut } from "./fault.ts";
import { guardedFetch } from "./guarded-fetch.ts";
import { endpointPolicy, type EndpointPolicy } from "./policy.ts";
import { questionOf } from "./question.ts";
import { readAnswer } from "./read-answer.ts";
import { pieceRedactor, redactData, redactor, type Pieces } from "./redact.ts";

export type RemoteModelDeps = {
  readonly clock: RemoteClock;
  /** All chance follows from it. */
  readonly seed: number;
  /** Shared by the models of one endpoint. */
  readonly endpoint: RemoteEndpoint;
};

/** An endpoint with its packages and its policy, loaded when first used. */
export type RemoteEndpoint = {
  readonly ready: () => Promise<{ readonly packages: ProviderPackages; readonly policy: EndpointPolicy }>;
  /** How its circuit stands now. */
  readonly circuit: EndpointPolicy["circuit"];
};

export const remoteEndpoint = (clock: RemoteClock, limits: RemoteConfig["limits"]): RemoteEndpoint => {
  let ready: ReturnType<RemoteEndpoint["ready"]> | undefined;
  let policy: EndpointPolicy | undefined;
  const load = async () => {
    const [packages, cockatiel] = await Promise.all([loadProviderPackages(), import("cockatiel")]);
    policy = endpointPolicy(cockatiel, clock, limits);
    return { packages, policy };
  };
  return { ready: () => (ready ??= load()), circuit: () => policy?.circuit() ?? "closed" };
};

/** A model behind an OpenAI-compatible endpoint. */
export const remoteModel = (
  config: RemoteConfig,
  { clock, seed, endpoint }: RemoteModelDeps,
): LanguageModel => {
  const closing = new AbortController();
  const redact = redactor(config.secrets);
  const redactPieces = pieceRedactor(config.secrets);
  const fetch = guardedFetch({ clock, limits: config.limits });
  const nowUs = () => clock.nowUs();

  const answer = async (
    request: InferenceRequest,
    signal: AbortSignal,
    { call, tries, onText }: Answering,
  ): Promise<InferenceReply> => {
    const { packages, policy } = await endpoint.ready();
    const question = questionOf(request, config);
    let startedAtUs = nowUs();
    const askOnce = (within: AbortSignal): Promise<Answer> => {
      const deps = { packages, config, fetch, nowUs };
      if (onText === undefined) return ask(request, question, within, deps);
      return once(redactPieces(onText), (told) => ask(request, question, within, { ...deps, onText: told }));
    };
    const said = await policy.run({
      attempt: async (within, number) => {
        // Of the tries before too: after a crash they are counted on.
        await call.recorded();
        if (within.aborted) throw endedBy(within, false);
        startedAtUs = nowUs();
        tries.made = number;
        tries.isOut = true;
        try {
          return await askOnce(within);
        } finally {
          tries.isOut = false;
        }
      },
      tries: call.tries,
      jitter: (number) => createRandom(hashOf(`${seed}:${call.request}:${call.attempts + number}`)).next(),
      failed: ({ number, fault, delayMs, ...times }) =>
        call.attempted({
          attempt: call.attempts + number,
          model: config.name,
          failure: failureOfFault(fault, request, call.attempts + number),
          delayMs,
          ...times,
        }),
      signal,
    });
    const reply = {
      ...readAnswer(said, request, config),
      finishReason: said.finishReason,
      attempt: call.attempts + tries.made,
      usage: priced(said.usage ?? usageOf(said, request), config.price),
      model: config.name,
      ...(said.servedModel === undefined ? {} : { servedModel: said.servedModel }),
      startedAtUs,
      ...(said.firstChunkAtUs === undefined ? {} : { firstChunkAtUs: said.firstChunkAtUs }),
      finishedAtUs: nowUs(),
    };
    return redactData(reply, redact);
  };

  const failureOfFault = (fault: RemoteFault, request: InferenceRequest, attempt: number) => {
    const failure = failureOf(fault.code, redact(`${config.model} at ${config.baseUrl}: ${fault.message}`));
    return {
      ...failure,
      // What another try could bring was tried already.
      retryable: fault.askAgain,
      ...(attempt === 0 ? {} : { attempt }),
      ...(fault.mayCost ? { usage: priced(worstUsage(request), config.price) } : {}),
    };
  };

  const infer = async (
    request: InferenceRequest,
    signal: AbortSignal,
    { call = alone, onText }: Partial<Omit<Answering, "tries">>,
  ): Promise<InferenceOutcome> => {
    if (closing.signal.aborted)
      return failed("ABORTED", `the model ${config.model} is closed; open it again`);
    const deadline = new AbortController();
    const { timeoutMs } = config.limits;
    const tries: Tries = { made: 0, isOut: false };
    const cancel = clock.after(timeoutMs, () =>
      deadline.abort(timedOut("the whole call", timeoutMs, tries.isOut)),
    );
    const within = AbortSignal.any([signal, closing.signal, deadline.signal]);
    try {
      const answered = answer(request, within, { call, tries, ...(onText === undefined ? {} : { onText }) });
      return { type: "reply", reply: await soon(answered, within, tries) };
    } catch (error) {
      const fault = faultOf(error, nowUs());
      const attempt = tries.made === 0 ? 0 : call.attempts + tries.made;
      return { type: "failure", failure: failureOfFault(fault, request, attempt) };
    } finally {
      cancel();
    }
  };

  return {
    infer: (request, signal, call = alone) => infer(request, signal, { call }),
    stream: (request, signal, onText) => infer(request, signal, { onText }),
    close: async () => closing.abort(),
  };
};

type Answering = {
  readonly call: ModelCall;
  readonly tries: Tries;
  readonly onText?: (text: string) => void;
};

/** How many tries of a call were begun, and whether the endpoint works on one: only then does its end cost what a try may. */
type Tries = { made: number; isOut: boolean };

/** What was said cannot be taken back: a try of which some was handed out is not followed by another. */
const once = async (
  out: Pieces,
  attempt: (onText: (text: string) => void) => Promise<Answer>,
): Promise<Answer> => {
  let hasSpoken = false;
  try {
    const answer = await attempt((text) => {
      hasSpoken = true;
      out.text(text);
    });
    out.end();
    return answer;
  } catch (error) {
    if (!hasSpoken || !(error instanceof RemoteFault)) throw error;
    throw new RemoteFault(error.code, error.message, { ...error, again: false });
  }
};

/** For callers without a run, such as a check of the machine. */
const alone: ModelCall = {
  request: "",
  tries: Number.POSITIVE_INFINITY,
  attempts: 0,
  recorded: async () => undefined,
  attempted: () => undefined,
};

/** What comes first: the end of the work, or of the wish for it. Work in flight hears of it by the same signal. */
const soon = async <Value>(work: Promise<Value>, signal: AbortSignal, tries: Tries): Promise<Value> => {
  let stop: () => void = () => undefined;
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(endedBy(signal, tries.isOut));
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener("abort", stop);
    work.catch(() => undefined);
    aborted.catch(() => undefined);
  }
};

const priced = (usage: Usage, price: RemoteConfig["price"]): Usage =>
  price === undefined
    ? usage
    : { ...usage, costNanoUsd: price === null ? null : priceOfTokens(price, usage) };

/** All that a try can have used. */
const worstUsage = (request: InferenceRequest): Usage => ({
  promptTokens: worstCaseTokens(request) - request.maxTokens,
  outputTokens: request.maxTokens,
  estimated: true,
});

/** At most so much, where the endpoint did not count: no tokenizer makes more tokens of a text than it has bytes. */
const usageOf = ({ text, toolCalls }: Answer, request: InferenceRequest): Usage => ({
  ...worstUsage(request),
  outputTokens: Math.min(
    request.maxTokens,
    utf8Bytes(text) + (toolCalls.length === 0 ? 0 : utf8Bytes(JSON.stringify(toolCalls))),
  ),
});
