import { holdingOf } from "./memory.ts";
import type { SchedulerConfig } from "./config.ts";
import { isWanted, managedModels, modelOf, type SchedulerState, withModel } from "./state.ts";

/** Notes of each model since when it has been waited for while it is not in memory. */
export const mark = (config: SchedulerConfig, before: SchedulerState): SchedulerState => {
  let state = before;
  for (const name of managedModels(config)) {
    const model = modelOf(state, name);
    if (model === undefined) continue;
    const phase = holdingOf(state.memory, name)?.phase;
    const isMissed = isWanted(model) && (phase === undefined || phase === "evicting");
    if (isMissed && model.missedSince === null) state = withModel(state, name, { missedSince: state.count });
    if (!isMissed && model.missedSince !== null) state = withModel(state, name, { missedSince: null });
  }
  return state;
};

/** Models that someone waits for and that are not in memory, the one that was missed first ahead. */
export const missing = (config: SchedulerConfig, state: SchedulerState): readonly string[] => {
  const since = (name: string): number | null => modelOf(state, name)?.missedSince ?? null;
  return managedModels(config)
    .filter((name) => since(name) !== null)
    .sort((a, b) => (since(a) ?? 0) - (since(b) ?? 0));
};

/** Whether a model was missed before models last changed: then it was passed over, and is in the next change. */
export const isPassedOver = (state: SchedulerState, name: string): boolean => {
  const since = modelOf(state, name)?.missedSince ?? null;
  return since !== null && since <= (state.changedAt ?? -1);
};
