/** What an endpoint understands beyond plain chat, and where it usually listens. */
export type Dialect = {
  /** `null`: every such endpoint has its own. */
  readonly baseUrl: string | null;
  /** Returns token probabilities of the reply. */
  readonly logprobs: boolean;
  /** Constrains a reply to a JSON schema (`response_format: json_schema`). */
  readonly schema: boolean;
  /** Returns calls of tools. */
  readonly tools: boolean;
  /** What the longest reply is called in a request. */
  readonly maxTokensKey: "max_tokens" | "max_completion_tokens";
  /** Runs on your own machines, so that a token costs nothing. */
  readonly isFree: boolean;
};

const own = { schema: true, tools: true, maxTokensKey: "max_tokens", isFree: true } as const;
const hosted = {
  logprobs: false,
  schema: true,
  tools: true,
  maxTokensKey: "max_tokens",
  isFree: false,
} as const;

/** The endpoints that are known by name. `docs/providers.md` has the table. */
export const presets = {
  ollama: { ...own, baseUrl: "http://127.0.0.1:11434/v1", logprobs: true },
  "llama-server": { ...own, baseUrl: "http://127.0.0.1:8080/v1", logprobs: true },
  vllm: { ...own, baseUrl: "http://127.0.0.1:8000/v1", logprobs: true },
  // Its logprobs are a stub: the field is there, and null.
  "lm-studio": { ...own, baseUrl: "http://127.0.0.1:1234/v1", logprobs: false },
  openai: {
    ...hosted,
    baseUrl: "https://api.openai.com/v1",
    logprobs: true,
    maxTokensKey: "max_completion_tokens",
  },
  openrouter: { ...hosted, baseUrl: "https://openrouter.ai/api/v1" },
  /** Nothing is taken for granted. */
  generic: { ...hosted, baseUrl: null, schema: false },
} as const satisfies Readonly<Record<string, Dialect>>;

export type PresetName = keyof typeof presets;

export const presetNames = Object.keys(presets) as readonly PresetName[];
