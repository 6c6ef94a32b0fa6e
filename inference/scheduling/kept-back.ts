import { holdingOf } from "./memory.ts";
import { isPassedOver, missing } from "./missed.ts";
import { candidateOf } from "./placement.ts";
import type { SchedulerConfig } from "./config.ts";
import { isIdle, managedModels, modelOf, type SchedulerState, type Waiting } from "./state.ts";

/**
 * Whether the new calls of a model wait for the next change of models, although there is room for them. A load takes seconds in which only
 * models that stay have something to do: if their calls were done before, beside those of a model that has to leave, the change would
 * come later and nothing would be at work while it lasts. They are kept only for a model that was passed over once, and only while agents of
 * those that leave have not come back: who asks again and again would keep them for a whole quantum.
 */
export const isKeptBack = (config: SchedulerConfig, state: SchedulerState, name: string): boolean => {
  const [due] = missing(config, state);
  if (due === undefined || !isPassedOver(state, due)) return false;
  if (config.models[name]?.footprint === undefined || !hasRoomBeside(config, state, name, due)) return false;
  const leaving = managedModels(config).filter(
    (each) => isInUse(state, each) && !hasRoomBeside(config, state, each, due),
  );
  return leaving.length > 0 && !leaving.some((each) => mayAskAgain(config, state, each));
};

/** Whether two models fit into the memory together, each with a sequence for each of its agents. */
export const hasRoomBeside = (
  config: SchedulerConfig,
  state: SchedulerState,
  name: string,
  other: string,
): boolean =>
  candidateOf(config, state, name).bytes + candidateOf(config, state, other).bytes <=
  state.memory.budgetBytes;

/** Whether agents of the model have asked more than once: they are likely to ask again soon. */
export const mayAskAgain = (config: SchedulerConfig, state: SchedulerState, name: string): boolean =>
  (modelOf(state, name)?.grants ?? 0) > (config.models[name]?.agents ?? 1);

/** Such a call is not kept back. */
export const isPressing = ({ priority, deadlineMs }: Waiting): boolean =>
  priority > 0 || deadlineMs !== undefined;

/** In memory, not on its way out, and with something to do. */
const isInUse = (state: SchedulerState, name: string): boolean => {
  const model = modelOf(state, name);
  return (
    model !== undefined &&
    !isIdle(model) &&
    holdingOf(state.memory, name)?.phase === "resident" &&
    state.switching?.outgoing.includes(name) !== true
  );
};
