import { agentName, schedulerActor, type ActorId } from "../coordination/protocol/ids.ts";
import type { Usage } from "../coordination/protocol/inference-messages.ts";
import type { Row } from "../coordination/protocol/row.ts";

/** What some calls of models took. */
export type Spending = {
  readonly calls: number;
  /** Tries of calls that failed. */
  readonly failedTries: number;
  readonly promptTokens: number;
  readonly outputTokens: number;
  /** The part of the tokens that nobody counted: an upper bound of them is in the sums. */
  readonly estimatedTokens: number;
  /** 1e-9 US dollars, of those calls whose price is known. */
  readonly costNanoUsd: number;
  /** Tokens of models whose price nobody knows. */
  readonly unpricedTokens: number;
};

/** What a run took, from its record alone. */
export type Account = {
  readonly total: Spending;
  readonly agents: ReadonlyMap<string, Spending>;
  /** By the id of the step; all items of a `map` together. */
  readonly steps: ReadonlyMap<string, Spending>;
  /** By the name of the model in the task. */
  readonly models: ReadonlyMap<string, Spending>;
};

export const emptySpending: Spending = {
  calls: 0,
  failedTries: 0,
  promptTokens: 0,
  outputTokens: 0,
  estimatedTokens: 0,
  costNanoUsd: 0,
  unpricedTokens: 0,
};

/** Who asked for a call, and of which model. */
type Asked = { readonly agent: string; readonly step: string; readonly model: string };

/** Adds up the rows of the scheduler; others may be among them. */
export const accountOf = (rows: Iterable<Row>): Account => {
  const account = accountReader();
  for (const row of rows) account.read(row);
  return account.take();
};

/** The same, a row at a time. */
export const accountReader = () => {
  const asked = new Map<string, Asked>();
  const sums = {
    agents: new Map<string, Spending>(),
    steps: new Map<string, Spending>(),
    models: new Map<string, Spending>(),
  };
  let total = emptySpending;
  const book = (request: string, spent: Spending) => {
    const by = asked.get(request);
    total = sum(total, spent);
    if (by === undefined) return;
    add(sums.agents, by.agent, spent);
    add(sums.steps, by.step, spent);
    add(sums.models, by.model, spent);
  };
  return {
    read: (row: Row): void => {
      if (row.type !== "turn" || row.actor !== schedulerActor) return;
      const { input } = row;
      switch (input.type) {
        case "inference.requested": {
          const { agent, model } = input.body;
          asked.set(input.request, { agent, model, step: stepOf(input.replyTo) });
          break;
        }
        case "inference.completed":
          book(input.request, { ...spendingOf(input.reply.usage), calls: 1 });
          break;
        case "inference.failed":
          book(input.request, {
            ...spendingOf(input.failure.usage),
            calls: 1,
            failedTries: input.failure.attempt === undefined ? 0 : 1,
          });
          break;
        case "inference.attempted":
          book(input.request, { ...spendingOf(input.failure.usage), failedTries: 1 });
          break;
        default:
      }
    },
    take: (): Account => ({ total, ...sums }),
  };
};

const spendingOf = (usage: Usage | undefined): Spending => {
  if (usage === undefined) return emptySpending;
  const { promptTokens, outputTokens, estimated, costNanoUsd } = usage;
  const tokens = promptTokens + outputTokens;
  return {
    ...emptySpending,
    promptTokens,
    outputTokens,
    estimatedTokens: estimated === true ? tokens : 0,
    costNanoUsd: costNanoUsd ?? 0,
    unpricedTokens: costNanoUsd === null ? tokens : 0,
  };
};

const sum = (one: Spending, other: Spending): Spending => ({
  calls: one.calls + other.calls,
  failedTries: one.failedTries + other.failedTries,
  promptTokens: one.promptTokens + other.promptTokens,
  outputTokens: one.outputTokens + other.outputTokens,
  estimatedTokens: one.estimatedTokens + other.estimatedTokens,
  costNanoUsd: one.costNanoUsd + other.costNanoUsd,
  unpricedTokens: one.unpricedTokens + other.unpricedTokens,
});

const add = (sums: Map<string, Spending>, key: string, spent: Spending): void =>
  void sums.set(key, sum(sums.get(key) ?? emptySpending, spent));

/** `verdict` of `agent/ann/verdict[3]`. */
const stepOf = (actor: ActorId): string => {
  const name = agentName(actor);
  return name === undefined ? actor : actor.slice(`agent/${name}/`.length).replace(/\[\d+\]/g, "");
};
