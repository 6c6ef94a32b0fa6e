import type { Diagnostics } from "../../coordination/protocol/diagnostics.ts";
import type { Row } from "../../coordination/protocol/row.ts";
import type { DeliveryFailed } from "../../coordination/protocol/workflow-messages.ts";
import { agentRows } from "./agent-rows.ts";
import type { Marking } from "./calibration.ts";
import { decisionRows } from "./decision-rows.ts";
import { inferenceRows } from "./inference-rows.ts";
import { memoryRows } from "./memory-rows.ts";
import type { Meter } from "./meter.ts";
import type { RowReading } from "./row-reading.ts";
import { runRows } from "./run-rows.ts";
import { toolRows } from "./tool-rows.ts";

export type RowReaderDeps = {
  readonly meter: Meter;
  readonly watch: Diagnostics["watch"];
  readonly mark: Marking;
  /** The clock that rows are stamped by; without it time stands still between two rows. */
  readonly nowUs?: () => number;
};

/**
 * Reads the rows of one run, in order, into measurements. Rows that were there before come in by `past`: they tell what is
 * under way, and what they measure is left to the process that wrote them.
 */
export const rowReader = ({ meter, watch, mark, nowUs }: RowReaderDeps) => {
  let isPast = false;
  const present: Meter = {
    // Nothing added still says that there is such a counter.
    count: (name, labels, by = 1) => (isPast && by > 0 ? undefined : meter.count(name, labels, by)),
    observe: (name, labels, value, run) => (isPast ? undefined : meter.observe(name, labels, value, run)),
    open: meter.open,
    set: meter.set,
    clear: meter.clear,
  };
  // Before all others, so that whoever looks sees all that has happened.
  const unwatch = watch(() => {
    catchUp();
    return [{ type: "runs", active: 1 }];
  });
  const inference = inferenceRows(present, watch, nowUs);
  const memory = memoryRows(present, watch);
  const readers: readonly RowReading[] = [
    runRows(present),
    agentRows(present),
    toolRows(present),
    inference.read,
    memory.read,
    decisionRows(present, (voter, confidence, isRight) =>
      isPast ? undefined : mark(voter, confidence, isRight),
    ),
  ];
  const read = (row: Row): void => {
    const decided = row.type === "turn" && !("failed" in row) ? row : undefined;
    for (const reader of readers) reader(row, decided);
    if (row.type === "turn" && row.input.type === "delivery.failed")
      present.count("swarm_messages_dropped_total", { reason: reasons[row.input.code] });
  };
  let waiting: Row[] = [];
  const catchUp = (): void => {
    const rows = waiting;
    waiting = [];
    for (const row of rows) read(row);
  };
  return {
    past: (rows: Iterable<{ readonly row: Row }>): void => {
      let known = 0;
      isPast = true;
      for (const { row } of rows) {
        read(row);
        known += 1;
      }
      isPast = false;
      // A run begins in the process that drives it first.
      if (known === 1) meter.count("swarm_log_events_total", { type: "header" });
    },
    /** Takes note of a row. It is read later, with others: that costs a fraction of reading each by itself. */
    read: (row: Row): void => {
      waiting.push(row);
      if (waiting.length >= readAtOnce) catchUp();
    },
    close: (): void => {
      catchUp();
      unwatch();
      inference.close();
      memory.close();
    },
  };
};

/** How many rows are read in one go, at least. */
const readAtOnce = 256;

const reasons = {
  MAILBOX_FULL: "mailbox-full",
  STEP_FAILED: "step-failed",
  NO_SUCH_ACTOR: "no-such-actor",
} as const satisfies Record<DeliveryFailed["code"], string>;
