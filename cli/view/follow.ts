import type { EventLog } from "../../coordination/log/log.ts";
import type { RunId } from "../../coordination/protocol/ids.ts";
import type { MapProgress } from "../../actors/workflow/progress.ts";
import { eventsOf } from "../../observability/events.ts";
import type { View } from "./live-view.ts";

/** How often a view is told how far the lists are, in milliseconds. */
const progressEveryMs = 200;

/** Shows the rows of a run as they reach the disk. Stop it after the run has ended; it shows all rows first. */
export const followRun = (log: EventLog, run: RunId, view: View, from: number) => {
  const stop = new AbortController();
  let progress: () => readonly MapProgress[] = () => [];
  const ticker = setInterval(() => view.progress(progress()), progressEveryMs);
  ticker.unref();
  let shown = from;
  const show = (row: Parameters<typeof eventsOf>[0]) => {
    for (const event of eventsOf(row)) view.event(event);
  };
  const following = (async () => {
    for await (const { row, position } of log.follow(run, { from, signal: stop.signal })) {
      shown = position + 1;
      show(row);
    }
  })();
  return {
    watch: (source: () => readonly MapProgress[]) => void (progress = source),
    close: async () => {
      clearInterval(ticker);
      stop.abort();
      await following;
      for (const { row } of log.read(run, { from: shown })) show(row);
      view.close();
    },
  };
};
