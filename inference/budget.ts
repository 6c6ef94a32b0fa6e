import type { InferenceRequest, Usage } from "../coordination/protocol/inference-messages.ts";
import { invariant } from "../coordination/protocol/invariant.ts";

/** Most that one run may spend; absent: no bound. A turn is one call of a model. */
export type BudgetLimits = { readonly tokens?: number; readonly turns?: number; readonly nanoUsd?: number };

/** What a call takes. Money in 1e-9 US dollars. */
export type Cost = { readonly tokens: number; readonly nanoUsd: number };

/** What was spent, and what calls in flight may still spend. Turns are spent when the call starts: it may cost even if it fails. */
export type Ledger = {
  readonly spentTokens: number;
  readonly reservedTokens: number;
  readonly spentNanoUsd: number;
  readonly reservedNanoUsd: number;
  readonly spentTurns: number;
};

export const emptyLedger: Ledger = {
  spentTokens: 0,
  reservedTokens: 0,
  spentNanoUsd: 0,
  reservedNanoUsd: 0,
  spentTurns: 0,
};

export type Fit =
  /** `tries`: how many times over, at most as often as was asked for. */
  | { readonly type: "fits"; readonly tries: number }
  /** Fits once calls in flight have given back what they did not use. */
  | { readonly type: "wait" }
  /** Cannot fit any more; `message` has the numbers. */
  | { readonly type: "never"; readonly message: string };

/** Whether a call that may take `cost` can start now, and how many tries of it could be paid. */
export const fit = (ledger: Ledger, limits: BudgetLimits, cost: Cost, tries = 1): Fit => {
  if (limits.turns !== undefined && ledger.spentTurns >= limits.turns) {
    return {
      type: "never",
      message: `all ${limits.turns} turns of the budget are spent; raise budget.turns`,
    };
  }
  const { tokens = Number.POSITIVE_INFINITY, nanoUsd = Number.POSITIVE_INFINITY } = limits;
  if (ledger.spentTokens + cost.tokens > tokens)
    return { type: "never", message: tokensShort(ledger, tokens, cost.tokens) };
  if (ledger.spentNanoUsd + cost.nanoUsd > nanoUsd)
    return { type: "never", message: moneyShort(ledger, nanoUsd, cost.nanoUsd) };
  const paid = Math.min(
    tries,
    timesIn(tokens - ledger.spentTokens - ledger.reservedTokens, cost.tokens),
    timesIn(nanoUsd - ledger.spentNanoUsd - ledger.reservedNanoUsd, cost.nanoUsd),
  );
  return paid < 1 ? { type: "wait" } : { type: "fits", tries: paid };
};

const timesIn = (room: number, cost: number): number =>
  room < cost ? 0 : cost === 0 ? Number.POSITIVE_INFINITY : Math.floor(room / cost);

const tokensShort = (ledger: Ledger, limit: number, tokens: number): string =>
  `the call may take ${tokens} tokens, ${Math.max(0, limit - ledger.spentTokens)} of ${limit} are left; ` +
  "raise budget.tokens or lower the agent's maxTokens";

const moneyShort = (ledger: Ledger, limit: number, nanoUsd: number): string =>
  `the call may cost ${dollars(nanoUsd)} USD, ${dollars(Math.max(0, limit - ledger.spentNanoUsd))} of ${dollars(limit)} are left; ` +
  "raise budget.usd or lower the agent's maxTokens";

/** `0.00125`: dollars without needless zeros. */
export const dollars = (nanoUsd: number): string => (nanoUsd / 1e9).toFixed(9).replace(/\.?0+$/, "");

export const timesCost = ({ tokens, nanoUsd }: Cost, times: number): Cost => ({
  tokens: tokens * times,
  nanoUsd: nanoUsd * times,
});

/** Sets `cost` and a turn aside for a call that fits. */
export const reserve = (ledger: Ledger, cost: Cost): Ledger => ({
  ...ledger,
  reservedTokens: ledger.reservedTokens + cost.tokens,
  reservedNanoUsd: ledger.reservedNanoUsd + cost.nanoUsd,
  spentTurns: ledger.spentTurns + 1,
});

/** Books what one try of a call has used. What it takes more than `held` was not known to be possible, and is spent all the same. */
export const charge = (
  ledger: Ledger,
  held: Cost,
  usage: Usage | undefined,
): { readonly ledger: Ledger; readonly held: Cost } => {
  invariant(
    ledger.reservedTokens >= held.tokens && ledger.reservedNanoUsd >= held.nanoUsd,
    "ledger gives back more than was reserved",
  );
  const used = costOf(usage);
  const left = {
    tokens: Math.max(0, held.tokens - used.tokens),
    nanoUsd: Math.max(0, held.nanoUsd - used.nanoUsd),
  };
  return {
    ledger: {
      ...ledger,
      spentTokens: ledger.spentTokens + used.tokens,
      spentNanoUsd: ledger.spentNanoUsd + used.nanoUsd,
      reservedTokens: ledger.reservedTokens - held.tokens + left.tokens,
      reservedNanoUsd: ledger.reservedNanoUsd - held.nanoUsd + left.nanoUsd,
    },
    held: left,
  };
};

/** Ends a reservation: what was used is spent, the rest is free again. */
export const settle = (ledger: Ledger, held: Cost, usage: Usage | undefined): Ledger => {
  const charged = charge(ledger, held, usage);
  return {
    ...charged.ledger,
    reservedTokens: charged.ledger.reservedTokens - charged.held.tokens,
    reservedNanoUsd: charged.ledger.reservedNanoUsd - charged.held.nanoUsd,
  };
};

const costOf = (usage: Usage | undefined): Cost =>
  usage === undefined
    ? { tokens: 0, nanoUsd: 0 }
    : { tokens: usage.promptTokens + usage.outputTokens, nanoUsd: usage.costNanoUsd ?? 0 };

/** What a token costs, in 1e-12 US dollars: a millionth of the price of a million tokens, in 1e-6 dollars. */
export type Price = { readonly inputPicoUsd: number; readonly outputPicoUsd: number };

/** Rounded up to whole 1e-9 dollars. */
export const priceOfTokens = (
  { inputPicoUsd, outputPicoUsd }: Price,
  { promptTokens, outputTokens }: Pick<Usage, "promptTokens" | "outputTokens">,
): number => Math.ceil((promptTokens * inputPicoUsd + outputTokens * outputPicoUsd) / 1000);

/** The most that one try of a call can take. `price` absent: it costs nothing. */
export const worstCase = (request: InferenceRequest, price?: Price): Cost => {
  const tokens = worstCaseTokens(request);
  const usage = { promptTokens: tokens - request.maxTokens, outputTokens: request.maxTokens };
  return { tokens, nanoUsd: price === undefined ? 0 : priceOfTokens(price, usage) };
};

/** What a chat template, a question or a voter's normaliser may add to a prompt, in tokens. */
const OVERHEAD_TOKENS_PER_REQUEST = 64;
const OVERHEAD_TOKENS_PER_LINE = 16;
const OVERHEAD_TOKENS_PER_OPTION = 4;
const OVERHEAD_TOKENS_PER_REASON = 128;

/** Upper bound of what a call can take: no tokenizer makes more tokens of a text than it has bytes. */
export const worstCaseTokens = (request: InferenceRequest): number =>
  OVERHEAD_TOKENS_PER_REQUEST +
  (request.reason === true ? OVERHEAD_TOKENS_PER_REASON : 0) +
  request.lines.reduce((sum, line) => sum + OVERHEAD_TOKENS_PER_LINE + utf8Bytes(line.content), 0) +
  // Options are said in the question and again in the schema of the answer.
  (request.options ?? []).reduce(
    (sum, option) => sum + OVERHEAD_TOKENS_PER_OPTION + 2 * utf8Bytes(option),
    0,
  ) +
  (request.schema === undefined ? 0 : 2 * utf8Bytes(JSON.stringify(request.schema))) +
  utf8Bytes(JSON.stringify([request.tools ?? [], request.rounds ?? []])) +
  request.maxTokens;

const BYTES_PER_TOKEN = 4;

/** Tokens of a text, where its tokenizer is not known: as many as English has. */
export const estimatedTokens = (text: string): number => Math.ceil(utf8Bytes(text) / BYTES_PER_TOKEN);

/** Length of `text` in UTF-8, without encoding it. */
export const utf8Bytes = (text: string): number => {
  let bytes = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    // Each half of a surrogate pair counts two; a lone half is written as three bytes, and two would be too few.
    bytes += unit < 0x80 ? 1 : unit < 0x800 ? 2 : isPaired(text, i) ? 2 : 3;
  }
  return bytes;
};

const isPaired = (text: string, at: number): boolean => {
  const unit = text.charCodeAt(at);
  if (unit >= 0xd800 && unit < 0xdc00) return isBetween(text.charCodeAt(at + 1), 0xdc00, 0xe000);
  return isBetween(unit, 0xdc00, 0xe000) && isBetween(text.charCodeAt(at - 1), 0xd800, 0xdc00);
};

const isBetween = (unit: number, low: number, high: number): boolean => unit >= low && unit < high;
