import { localCourier } from "../../actors/runtime/courier.ts";
import { hostRun, type HostDeps } from "../../actors/runtime/host.ts";
import type { RunState } from "../../actors/runtime/run-state.ts";
import { memoryBus } from "../../coordination/bus/memory.ts";

/** A host within this process. Without other performers nothing may be asked of a model; entries are ordered by nobody. */
export const hosted = (
  state: RunState,
  deps: Pick<HostDeps, "run" | "log" | "clock"> &
    Partial<Omit<HostDeps, "performers">> & { readonly performers?: Partial<HostDeps["performers"]> },
) =>
  hostRun(state, {
    coordinator: () => ({ propose: () => undefined, close: () => undefined }),
    courier: (courierDeps) => localCourier({ ...courierDeps, bus: memoryBus() }),
    ...deps,
    performers: {
      generate: () => Promise.reject(new Error("there is no model")),
      changeModel: () => Promise.reject(new Error("there is no model")),
      tell: () => undefined,
      ...deps.performers,
    },
  });
