import type { Price } from "../budget.ts";
import type { Dialect } from "./preset.ts";

/** How long and how often an endpoint is asked. */
export type RemoteLimits = {
  /** Tries after the first one. */
  readonly retries: number;
  /** For one reply, with all its tries and the waiting between them. */
  readonly timeoutMs: number;
  /** For one try. */
  readonly attemptTimeoutMs: number;
  /** From the start of a try to the first byte of its reply. */
  readonly firstByteTimeoutMs: number;
  /** Between two bytes of a reply. */
  readonly idleTimeoutMs: number;
  /** Requests in flight at the endpoint. */
  readonly concurrency: number;
  /** After so many failed calls in a row the circuit opens. */
  readonly circuitFailures: number;
  /** How long it stays open until one call may try. */
  readonly circuitOpenMs: number;
};

/** One model at one endpoint, with nothing left to look up. */
export type RemoteConfig = {
  /** What replies name as their model. */
  readonly name: string;
  readonly baseUrl: string;
  readonly model: string;
  /** Sent with each request; the key is in here. */
  readonly headers: Readonly<Record<string, string>>;
  /** What must never be written anywhere: the values that came from the environment. */
  readonly secrets: readonly string[];
  readonly dialect: Omit<Dialect, "baseUrl" | "isFree">;
  /** Where the confidence of a choice comes from. */
  readonly confidence: "logprobs" | "stated" | "sampled";
  /** `null`: nobody knows it; absent: it costs nothing. */
  readonly price?: Price | null;
  readonly temperature?: number;
  readonly limits: RemoteLimits;
};
