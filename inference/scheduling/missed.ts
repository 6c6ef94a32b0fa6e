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
