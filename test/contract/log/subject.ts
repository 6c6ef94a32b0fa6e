import type { EventLog } from "../../../coordination/log/log.ts";

/** A log under test and what can be done to it from outside. */
export type Subject = {
  readonly log: EventLog;
  /** The process ends without a word and the next opens the same home. */
  readonly crash: () => Promise<EventLog>;
  /** Writing fails from now on. */
  readonly breakDisk: () => void;
  readonly dispose: () => Promise<void>;
};
