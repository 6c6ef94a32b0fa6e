import {
  BUDGET_BYTES,
  copyKvS,
  EVALUATION_S,
  footprintOf,
  loadS,
  type ModelName,
  MODELS,
  readKvS,
  UNLOAD_S,
  weightsS,
} from "./assumptions.ts";
import type { FairConfig } from "../../../inference/scheduling/config.ts";
import type { SimulatedAgent } from "./workloads.ts";

/**
 * No schedule is faster than this: the card does all that must be done, in the largest batches that fit when a model is alone,
 * never idle but while the first model is loaded; and no agent is faster than when it is alone.
 */
export const lowerBoundS = (agents: readonly SimulatedAgent[]): number => {
  const models = [...new Set(agents.map(({ model }) => model))];
  const work = models.reduce((sum, model) => sum + cardS(model, agents), 0);
  const firstLoad = Math.min(...models.map(loadS));
  return Math.max(firstLoad + work, ...agents.map((agent) => loadS(agent.model) + chainS(agent)));
};

/** What the card spends on one model: prompts, reads of keys and values, and one reading of the weights an evaluation. */
const cardS = (model: ModelName, agents: readonly SimulatedAgent[]): number => {
  const own = agents.filter((agent) => agent.model === model);
  const steps = own.map(({ turns, window }) => ({
    all: turns.reduce((sum, { outputTokens }) => sum + outputTokens, 0),
    window,
  }));
  const all = steps.reduce((sum, each) => sum + each.all, 0);
  const { baseBytes, sequenceBytes } = footprintOf(model, 128);
  const widest = Math.floor((BUDGET_BYTES - baseBytes) / sequenceBytes);
  const evaluations = Math.max(all / widest, ...steps.map((each) => each.all / each.window));
  const once = own.flatMap(({ turns }) => turns);
  const prompts = once.reduce((sum, { promptTokens }) => sum + promptTokens, 0) / MODELS[model].prefillPerS;
  const reads = once.reduce((sum, turn) => sum + readsS(model, turn), 0);
  return prompts + reads + evaluations * (weightsS(model) + EVALUATION_S);
};

type Turn = SimulatedAgent["turns"][number];

/** The second and each later token of an answer reads all tokens before it. */
const readsS = (model: ModelName, { promptTokens, outputTokens }: Turn): number => {
  const decoded = outputTokens - 1;
  return readKvS(model, decoded * (promptTokens + 1) + (decoded * (decoded + 1)) / 2);
};

const chainS = ({ model, turns, window }: SimulatedAgent): number =>
  turns.reduce((sum, turn, index) => {
    const pause = index + window < turns.length ? turn.pauseMs / 1000 : 0;
    const evaluations = turn.outputTokens * (weightsS(model) + EVALUATION_S);
    return sum + turn.promptTokens / MODELS[model].prefillPerS + readsS(model, turn) + evaluations + pause;
  }, 0) / window;

/**
 * The bound of `docs/inference.md` on the time that the first request of an agent waits: the change that is under way, then a turn
 * of each other model: a quantum, the draining and saving of what runs, and the loading of the next models.
 */
export const waitBoundS = (
  agents: readonly SimulatedAgent[],
  { quantumMs, drainMs, gatherMs }: Pick<FairConfig, "quantumMs" | "drainMs" | "gatherMs">,
): number => {
  const models = [...new Set(agents.map(({ model }) => model))];
  const turns = agents.flatMap((agent) => agent.turns.map((turn) => ({ ...turn, model: agent.model })));
  const longestKv = Math.max(
    ...turns.map(({ model, promptTokens, outputTokens }) => copyKvS(model, promptTokens + outputTokens)),
  );
  const most = agents.reduce((sum, { window }) => sum + window, 0);
  const save = most * longestKv;
  const evaluation = Math.max(
    ...models.map(
      (model) =>
        weightsS(model) + EVALUATION_S + 512 / MODELS[model].prefillPerS + most * readKvS(model, 1024),
    ),
  );
  const load = UNLOAD_S + models.reduce((sum, model) => sum + loadS(model), 0);
  // Saving begins and ends with the evaluation that is under way on the card, and with it the time that models take turns on it.
  const change = (gatherMs + drainMs) / 1000 + save + models.length * evaluation + load;
  return (models.length - 1) * (quantumMs / 1000 + change) + (models.length > 1 ? change : load);
};
