import type * as Compatible from "@ai-sdk/openai-compatible";
import type * as Ai from "ai";
import type { ModelMessage, ToolSet } from "ai";
import type { InferenceRequest, ToolCall, Usage } from "../../coordination/protocol/inference-messages.ts";
import type { Json } from "../../coordination/protocol/json.ts";
import { quoted } from "../../coordination/protocol/quoted.ts";
import type { RemoteConfig } from "./config.ts";
import { amidReply, brokenReply, faultInStream, faultOf, RemoteFault } from "./fault.ts";
import type { TokenLogprob } from "./label-logprobs.ts";
import type { Question } from "./question.ts";

export type ProviderPackages = {
  readonly ai: typeof Ai;
  readonly compatible: typeof Compatible;
};

/** The packages, loaded when the first question is asked: a run without a remote model never pays for them. */
export const loadProviderPackages = async (): Promise<ProviderPackages> => {
  const [ai, compatible] = await Promise.all([import("ai"), import("@ai-sdk/openai-compatible")]);
  // It prints what it would like to be used otherwise; stdout and stderr are ours.
  Reflect.set(globalThis, "AI_SDK_LOG_WARNINGS", false);
  return { ai, compatible };
};

/** What an endpoint said to one request. */
export type Answer = {
  readonly text: string;
  readonly toolCalls: readonly ToolCall[];
  readonly finishReason: "stop" | "length" | "tool-calls" | "other";
  /** Absent where the endpoint did not count. */
  readonly usage?: Usage;
  readonly logprobs: readonly TokenLogprob[];
  readonly firstChunkAtUs?: number;
  /** The endpoint's own name of the model that answered. */
  readonly servedModel?: string;
};

export type AskDeps = {
  readonly packages: ProviderPackages;
  readonly config: RemoteConfig;
  readonly fetch: typeof fetch;
  readonly nowUs: () => number;
  /** Gets the text piece by piece, as it comes. */
  readonly onText?: (text: string) => void;
};

/** The key of our options in a request, and the name of the provider in the words of the package. */
const providerName = "swarm";
/** As many as OpenAI gives; others give what they have. */
const topLogprobs = 20;

/** One request to an endpoint. Throws a `RemoteFault`. */
export const ask = async (
  request: InferenceRequest,
  question: Question,
  signal: AbortSignal,
  { packages: { ai, compatible }, config, fetch, nowUs, onText }: AskDeps,
): Promise<Answer> => {
  const { dialect } = config;
  mustBeARequest(config);
  const tokens: TokenLogprob[] = [];
  const provider = compatible.createOpenAICompatible({
    name: providerName,
    baseURL: config.baseUrl,
    headers: { ...config.headers },
    includeUsage: true,
    fetch,
    transformRequestBody: ({ max_tokens, ...body }) => ({ ...body, [dialect.maxTokensKey]: max_tokens }),
  });
  const { fullStream } = ai.streamText({
    model: provider.chatModel(config.model),
    messages: messagesOf(request, question),
    allowSystemInMessages: true,
    maxRetries: 0,
    maxOutputTokens: request.maxTokens,
    temperature: config.temperature ?? request.temperature,
    abortSignal: signal,
    includeRawChunks: question.wantsLogprobs,
    providerOptions: { [providerName]: bodyExtras(question, dialect) },
    ...(request.tools === undefined ? {} : { tools: toolsOf(request.tools, ai) }),
    // Without a listener it prints errors, with all that was sent.
    onError: () => undefined,
  });
  let text = "";
  const toolCalls: ToolCall[] = [];
  let firstChunkAtUs: number | undefined;
  let servedModel: string | undefined;
  try {
    for await (const part of fullStream) {
      switch (part.type) {
        case "text-delta":
          text += part.text;
          firstChunkAtUs ??= nowUs();
          onText?.(part.text);
          break;
        case "reasoning-delta":
        case "tool-input-start":
          firstChunkAtUs ??= nowUs();
          break;
        case "raw":
          tokens.push(...logprobsIn(part.rawValue));
          break;
        case "tool-call":
          toolCalls.push({ id: part.toolCallId, name: part.toolName, input: part.input as Json });
          break;
        case "finish-step":
          servedModel = modelName.exec(part.response.modelId)?.[0];
          break;
        case "error":
          throw faultInStream(part.error, nowUs());
        case "abort":
          throw signal.reason;
        case "finish": {
          const { inputTokens, outputTokens } = part.totalUsage;
          if (part.finishReason === "content-filter")
            throw new RemoteFault("CONTENT_FILTERED", "the provider's filter stopped the reply", {
              mayCost: true,
            });
          return {
            text,
            toolCalls,
            finishReason: finishOf(part.finishReason),
            ...(isCount(inputTokens) && isCount(outputTokens)
              ? { usage: { promptTokens: inputTokens, outputTokens } }
              : {}),
            logprobs: tokens,
            ...(firstChunkAtUs === undefined ? {} : { firstChunkAtUs }),
            ...(servedModel === undefined ? {} : { servedModel }),
          };
        }
        default:
      }
    }
  } catch (error) {
    const fault = faultOf(error, nowUs());
    throw firstChunkAtUs === undefined ? fault : amidReply(fault);
  }
  throw signal.aborted ? faultOf(signal.reason, nowUs()) : brokenReply("the stream ended early");
};

/** A key with a sign in it that no header may have is never sent: no other try would help, and none costs anything. */
const mustBeARequest = ({ baseUrl, headers }: RemoteConfig): void => {
  try {
    void new Request(baseUrl, { headers });
  } catch (error) {
    const why = quoted(error instanceof Error ? error.message : String(error));
    const message = `the request cannot be sent: ${why}; correct the key, the headers or baseUrl`;
    throw new RemoteFault("BAD_REQUEST", message);
  }
};

/** Names go into traces, where no other word of an endpoint does. */
const modelName = /^[\w.:@/+#-]{1,128}$/;

const isCount = (value: number | undefined): value is number =>
  Number.isSafeInteger(value) && Number(value) >= 0;

const bodyExtras = ({ schema, wantsLogprobs }: Question, dialect: RemoteConfig["dialect"]) => ({
  ...(wantsLogprobs && dialect.logprobs ? { logprobs: true, top_logprobs: topLogprobs } : {}),
  ...(schema !== undefined && dialect.schema
    ? {
        response_format: {
          type: "json_schema" as const,
          json_schema: { name: "reply", strict: true, schema: schema as never },
        },
      }
    : {}),
});

const messagesOf = ({ lines, rounds = [] }: InferenceRequest, { instruction }: Question): ModelMessage[] => {
  const messages: ModelMessage[] = [];
  const say = (role: "system" | "user" | "assistant", content: string) => {
    const last = messages.at(-1);
    // Many chat templates refuse two lines of one speaker in a row.
    if (last?.role === role && typeof last.content === "string") last.content += `\n\n${content}`;
    else messages.push({ role, content });
  };
  for (const { role, content } of lines) say(role, content);
  if (instruction !== undefined) {
    const system = messages.find((message) => message.role === "system");
    if (system?.role === "system") system.content += `\n${instruction}`;
    else messages.unshift({ role: "system", content: instruction });
  }
  for (const { text, calls } of rounds) {
    messages.push({
      role: "assistant",
      content: [
        ...(text === "" ? [] : [{ type: "text" as const, text }]),
        ...calls.map(({ call: { id, name, input } }) => ({
          type: "tool-call" as const,
          toolCallId: id,
          toolName: name,
          input,
        })),
      ],
    });
    messages.push({
      role: "tool",
      content: calls.map(({ call: { id, name }, result }) => ({
        type: "tool-result" as const,
        toolCallId: id,
        toolName: name,
        output: { type: "text" as const, value: result },
      })),
    });
  }
  return messages;
};

const toolsOf = (tools: NonNullable<InferenceRequest["tools"]>, ai: ProviderPackages["ai"]): ToolSet =>
  Object.fromEntries(
    tools.map(({ name, description, parameters }) => [
      name,
      // Without `execute`: the call comes back to us.
      ai.tool({ description, inputSchema: ai.jsonSchema(parameters as never) }),
    ]),
  );

const finishOf = (reason: string): Answer["finishReason"] =>
  reason === "stop" || reason === "length" || reason === "tool-calls" ? reason : "other";

/** The token probabilities in one event of a stream, whatever else is in it. */
const logprobsIn = (raw: unknown): readonly TokenLogprob[] => {
  const choice = listOf(memberOf(raw, "choices"))[0];
  return listOf(memberOf(memberOf(choice, "logprobs"), "content")).flatMap((entry) => {
    const token = tokenOf(entry);
    if (token === undefined) return [];
    const alternatives = listOf(memberOf(entry, "top_logprobs")).flatMap((one) => tokenOf(one) ?? []);
    return [{ ...token, alternatives }];
  });
};

const tokenOf = (entry: unknown): { readonly token: string; readonly logprob: number } | undefined => {
  const token = memberOf(entry, "token");
  const logprob = memberOf(entry, "logprob");
  return typeof token === "string" && typeof logprob === "number" ? { token, logprob } : undefined;
};

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

const memberOf = (value: unknown, key: string): unknown =>
  typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined;
