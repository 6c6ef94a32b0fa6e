import type { Diagnostics, Reading } from "../../coordination/protocol/diagnostics.ts";
import type { Row } from "../../coordination/protocol/row.ts";
import { memoryReader } from "../model-memory.ts";
import type { Meter } from "./meter.ts";

/** Reads what models hold of the memory, and which of them had to go. */
export const memoryRows = (meter: Meter, watch: Diagnostics["watch"]) => {
  const memory = memoryReader();
  const unwatch = watch(() =>
    Array.from(memory.holdings.values(), (held): Reading => ({ type: "memory", ...held })),
  );
  return {
    read: (row: Row): void => {
      for (const change of memory.read(row))
        if (change.type === "evicted") meter.count("swarm_gpu_evictions_total", { reason: change.reason });
    },
    close: unwatch,
  };
};
