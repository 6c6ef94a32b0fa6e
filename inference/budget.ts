import type { InferenceRequest, Usage } from "../coordination/protocol/inference-messages.ts";
import { invariant } from "../coordination/protocol/invariant.ts";

/** Most that one run may spend; absent: no bound. A turn is one call of a model. */
export type BudgetLimits = { readonly tokens?: number; readonly turns?: number };

/** What was spent, and what calls in flight may still spend. Turns are spent when the call starts: it may cost even if it fails. */
export type Ledger = {
  readonly spentTokens: number;
  readonly reservedTokens: number;
  readonly spentTurns: number;
};

export const emptyLedger: Ledger = { spentTokens: 0, reservedTokens: 0, spentTurns: 0 };

export type Fit =
  | { readonly type: "fits" }
  /** Fits once calls in flight have given back what they did not use. */
  | { readonly type: "wait" }
  /** Cannot fit any more; `message` has the numbers. */
  | { readonly type: "never"; readonly message: string };

/** Whether a call that may take `tokens` can start now. */
export const fit = (ledger: Ledger, limits: BudgetLimits, tokens: number): Fit => {
  if (limits.turns !== undefined && ledger.spentTurns >= limits.turns) {
    return {
      type: "never",
      message: `all ${limits.turns} turns of the budget are spent; raise budget.turns`,
    };
  }
  if (limits.tokens === undefined) return { type: "fits" };
  if (ledger.spentTokens + tokens > limits.tokens)
    return { type: "never", message: tokensShort(ledger, limits.tokens, tokens) };
  return ledger.spentTokens + ledger.reservedTokens + tokens > limits.tokens
    ? { type: "wait" }
    : { type: "fits" };
};

const tokensShort = (ledger: Ledger, limit: number, tokens: number): string =>
  `the call may take ${tokens} tokens, ${Math.max(0, limit - ledger.spentTokens)} of ${limit} are left; ` +
  "raise budget.tokens or lower the agent's maxTokens";

/** Sets `tokens` and a turn aside for a call that fits. */
export const reserve = (ledger: Ledger, tokens: number): Ledger => ({
  spentTokens: ledger.spentTokens,
  reservedTokens: ledger.reservedTokens + tokens,
  spentTurns: ledger.spentTurns + 1,
});

/** Ends a reservation of `tokens`: what was used is spent, the rest is free again. A call that failed used nothing that we know of. */
export const settle = (ledger: Ledger, tokens: number, usage: Usage | undefined): Ledger => {
  invariant(ledger.reservedTokens >= tokens, "ledger gives back more than was reserved");
  return {
    spentTokens: ledger.spentTokens + (usage === undefined ? 0 : usage.promptTokens + usage.outputTokens),
    reservedTokens: ledger.reservedTokens - tokens,
    spentTurns: ledger.spentTurns,
  };
};

/** What a chat template, a question or a voter's normaliser may add to a prompt, in tokens. */
const OVERHEAD_TOKENS_PER_REQUEST = 64;
const OVERHEAD_TOKENS_PER_LINE = 16;

/** Upper bound of what a call can take: no tokenizer makes more tokens of a text than it has bytes. */
export const worstCaseTokens = (request: InferenceRequest): number =>
  OVERHEAD_TOKENS_PER_REQUEST +
  request.lines.reduce((sum, line) => sum + OVERHEAD_TOKENS_PER_LINE + utf8Bytes(line.content), 0) +
  (request.options ?? []).reduce((sum, option) => sum + utf8Bytes(option), 0) +
  request.maxTokens;

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
