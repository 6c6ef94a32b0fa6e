import type { Escalation, RuleName, Tier } from "../../coordination/protocol/decision-messages.ts";
import type { Urgency } from "../../coordination/protocol/inference-messages.ts";
import type { Json } from "../../coordination/protocol/json.ts";

/**
 * A string with `${{ expression }}` in it. If the whole string is one expression its value is that of the expression,
 * of any type; otherwise values are written into the text.
 */
export type Template = string;

/** A template, or a structure of templates, evaluated in depth. */
export type ValueTemplate =
  | Template
  | number
  | boolean
  | null
  | readonly ValueTemplate[]
  | { readonly [key: string]: ValueTemplate };

/** Where model text comes from. Paths are absolute. */
export type ModelSpec =
  | { readonly provider: "voter"; readonly voter: string }
  | {
      readonly provider: "llama";
      readonly file: string;
      readonly context: number;
      readonly temperature: number;
      readonly threads?: number;
    }
  | { readonly provider: "scripted"; readonly replies: readonly ScriptedReply[] }
  | RemoteSpec;

/** A model behind an OpenAI-compatible endpoint. `${env:NAME}` in `apiKey` and `headers` is never replaced in here. */
export type RemoteSpec = {
  readonly provider: "openai-compatible";
  readonly preset: string;
  readonly baseUrl: string;
  readonly model: string;
  readonly apiKey?: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly confidence: "logprobs" | "stated" | "sampled";
  /** With `sampled`: how many times it is asked for one choice. */
  readonly samples?: number;
  readonly temperature?: number;
  /** 1e-12 US dollars for a token. `null`: nobody knows; absent: it costs nothing. */
  readonly price?: { readonly inputPicoUsd: number; readonly outputPicoUsd: number } | null;
  readonly limits: {
    readonly retries: number;
    readonly timeoutMs: number;
    readonly attemptTimeoutMs: number;
    readonly firstByteTimeoutMs: number;
    readonly idleTimeoutMs: number;
    readonly concurrency: number;
    readonly circuitFailures: number;
    readonly circuitOpenMs: number;
  };
};

/** A canned reply: the first whose conditions hold answers. `when` is a substring of the last line of the conversation. */
export type ScriptedReply = {
  readonly when?: string;
  readonly agent?: string;
  readonly text: string;
  readonly confidence?: number;
};

export type AgentSpec = {
  readonly name: string;
  readonly role: string;
  readonly instructions?: string;
  /** A name under `models`. */
  readonly model: string;
  /** Names under `models`, asked in this order where the one before has failed. */
  readonly fallback?: readonly string[];
  /** Trust is kept by domain; a decision may name its own. */
  readonly domain?: string;
  /** What it gets of the models beside others who wait as well; absent: 1. */
  readonly share?: number;
  /** Largest part of the share that this agent may carry, in millionths. */
  readonly maxWeightPpm?: number;
  /** Tokens of what it was asked and answered in earlier steps that it is told again; absent: nothing is. */
  readonly recallTokens?: number;
  readonly maxTokens: number;
  /** Calls for one piece of work, the first included, until the agent gives up. */
  readonly attempts: number;
} & Urgency;

type StepBase = {
  /** Unique among its siblings, and not hidden by an outer step of the same name. */
  readonly id: string;
  /** Skips the step where it is false. */
  readonly if?: Template;
};

export type AskStep = StepBase & {
  readonly type: "ask";
  readonly agent: Template;
  readonly prompt: Template;
  readonly options?: readonly string[];
  readonly urgency?: Urgency;
};

export type DecideStep = StepBase & {
  readonly type: "decide";
  readonly question: Template;
  readonly options: readonly string[];
  readonly voters: readonly string[];
  readonly evidence: Template;
  readonly domain: Template;
  readonly rule: RuleName;
  readonly tier: Tier;
  readonly thresholdPpm: number;
  /** Voters that must be present; absent: more than half. */
  readonly quorum?: number;
  /** For each round. */
  readonly deadlineMs: number;
  /** Of the voters' calls. Their deadline is the agents' own, and that of the round. */
  readonly urgency?: Pick<Urgency, "priority">;
  /** Debate rounds after the first, at most; absent in plans of old. */
  readonly rounds?: number;
  readonly escalate?: Escalation;
  /** Whether voters are asked why; absent: no. */
  readonly reasons?: boolean;
  /** The agent that rules. */
  readonly judge?: string;
  /** The right answer, where the task knows it. Evaluated when the decision is over; the voters never see it. */
  readonly truth?: Template;
  /** A program whose exit code tells the right answer, run when the decision is over. Instead of `truth`. */
  readonly check?: CheckSpec;
};

export type CheckSpec = {
  /** The program and its arguments. */
  readonly command: readonly Template[];
  /** The right option where it ends with 0, and where it ends otherwise. */
  readonly passed: string;
  readonly failed: string;
  readonly timeoutMs: number;
  /** Absolute. */
  readonly cwd: string;
};

export type ParallelStep = StepBase & { readonly type: "parallel"; readonly steps: readonly PlanStep[] };

export type MapStep = StepBase & {
  readonly type: "map";
  readonly over: Template;
  /** The name that an item has in the expressions of `steps`. */
  readonly as: string;
  /** How many items are worked on at once. */
  readonly concurrency: number;
  readonly steps: readonly PlanStep[];
};

export type GroupOrder = { readonly by: Template; readonly direction: "asc" | "desc" };

export type GroupStep = StepBase & {
  readonly type: "group";
  readonly over: Template;
  readonly as: string;
  readonly where?: Template;
  readonly by: Template;
  /** Sees `group` = {key, count, items, first, last}; ties keep the order of first appearance. */
  readonly order: readonly GroupOrder[];
  readonly take?: number;
};

export type PlanStep = AskStep | DecideStep | ParallelStep | MapStep | GroupStep;

/** Most of each that a run may spend; absent: no bound. */
export type Budget = {
  readonly tokens?: number;
  readonly wallMs?: number;
  readonly turns?: number;
  /** 1e-9 US dollars. */
  readonly nanoUsd?: number;
};

export type InputValue =
  | { readonly type: "file"; readonly path: string; readonly text: string }
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "value"; readonly value: Json };

/** How an output is made: a value, or a Markdown template with `{% for %}` and `{% if %}` blocks. */
export type OutputSpec =
  | { readonly type: "value"; readonly value: ValueTemplate }
  | { readonly type: "markdown"; readonly template: string };

/** A task made plain: checked, defaults filled in, inputs read. All that a run is made of; it goes into the header. */
export type RunPlan = {
  readonly version: 1;
  readonly name: string;
  readonly inputs: Readonly<Record<string, InputValue>>;
  readonly models: Readonly<Record<string, ModelSpec>>;
  readonly agents: Readonly<Record<string, AgentSpec>>;
  readonly steps: readonly PlanStep[];
  readonly outputs: Readonly<Record<string, OutputSpec>>;
  readonly budget: Budget;
  /** What the local models together may take; absent: 8 GiB. */
  readonly memoryBytes?: number;
  /** How local models share the memory and the engine; absent: fair. */
  readonly scheduler?: "fair" | "fifo" | "round-robin" | "keep-alive" | "lru";
  /** How many replicas keep the log of decisions, 1 to 7. */
  readonly coordinators: number;
};
