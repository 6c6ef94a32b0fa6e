import type { Row } from "../../coordination/protocol/row.ts";
import type { Meter } from "../../observability/metrics/meter.ts";
import { rowReader } from "../../observability/metrics/row-reader.ts";

/** Each thing that the rows have measured, in order: `swarm_runs_total done = 1`. What begins at 0 and rows by type are left out. */
export const measured = (...rows: readonly Row[]): readonly string[] => {
  const told: string[] = [];
  const tell = (name: string, labels: object, value: number, of: string): void => {
    if (name !== "swarm_log_events_total" && value !== 0)
      told.push(`${name} ${Object.values(labels).join(" ")}${of} = ${Number(value.toFixed(6))}`);
  };
  const meter: Meter = {
    count: (name, labels, by = 1) => tell(name, labels, by, ""),
    observe: (name, labels, value, of) => tell(name, labels, value, of === undefined ? "" : ` of ${of}`),
    open: () => undefined,
    set: () => undefined,
    clear: () => undefined,
  };
  const mark = (voter: string, confidence: number, isRight: boolean): void =>
    void told.push(`${voter} ${confidence} ${isRight ? "right" : "wrong"}`);
  const reader = rowReader({ meter, watch: () => () => undefined, mark });
  for (const row of rows) reader.read(row);
  reader.close();
  return told;
};
