import { traceLine } from "../../driver/trace.ts";
import type { RaftWatch } from "./cluster.ts";

/** Writes a simulation in the trace format of `docs/raft-driver.md`, a line a step; what is no step goes to `remark`. */
export const traceTo = (print: (line: string) => void, remark: (line: string) => void): RaftWatch => {
  let step = 0;
  return {
    stepped: (happened) => {
      step += 1;
      print(traceLine({ step, ...happened }));
    },
    happened: (at, what) => remark(`---- ${at} us, before step ${step + 1}: ${what}`),
  };
};
