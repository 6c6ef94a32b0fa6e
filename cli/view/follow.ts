import type { EventLog, Position } from "../../coordination/log/log.ts";
import type { RunId } from "../../coordination/protocol/ids.ts";
import type { Row } from "../../coordination/protocol/row.ts";
import type { MapProgress } from "../../actors/workflow/progress.ts";
import { eventsOf } from "../../observability/events.ts";
import type { View } from "./live-view.ts";

/** How often a view is told how far the lists are, in milliseconds. */
const progressEveryMs = 200;

/** Takes a row that has reached the disk. Rows come in order. */
export type RowSink = (row: Row, position: Position) => void;

/** Shows the rows of a run as they reach the disk, and hands them to the sinks. Stop it after the run has ended; it shows all rows first. */
export const followRun = (
  log: EventLog,
  run: RunId,
  view: View,
  from: number,
  sinks: readonly RowSink[] = [],
) => {
  const stop = new AbortController();
  let progress: () => readonly MapProgress[] = () => [];
  const ticker = setInterval(() => view.progress(progress()), progressEveryMs);
  ticker.unref();
  let shown = from;
  const show = (row: Row, position: Position) => {
    for (const event of eventsOf(row)) view.event(event);
    for (const sink of sinks) sink(row, position);
  };
  const following = (async () => {
    for await (const { row, position } of log.follow(run, { from, signal: stop.signal })) {
      shown = position + 1;
      show(row, position);
    }
  })();
  return {
    watch: (source: () => readonly MapProgress[]) => void (progress = source),
    close: async () => {
      clearInterval(ticker);
      stop.abort();
      await following;
      for (const { row, position } of log.read(run, { from: shown })) show(row, position);
      view.progress(progress());
      view.close();
    },
  };
};
