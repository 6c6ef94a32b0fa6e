import type { SchedulerConfig } from "./config.ts";
import type { SchedulerState, Switching, Waiting } from "./state.ts";

/** What a policy decides by. It sees everything and changes nothing. */
export type View = {
  readonly config: SchedulerConfig;
  readonly state: SchedulerState;
  /** False while the next request must wait for calls in flight to give back tokens of the budget: only paused ones may go on. */
  readonly mayStart: boolean;
};

/** The one next thing to do. The scheduler checks that it is possible, does it, and asks again until the policy waits. */
export type Move =
  /** Give the request a sequence; it is the first of its agent in its lane, or paused. */
  | { readonly type: "grant"; readonly waiting: Waiting }
  | { readonly type: "load"; readonly model: string; readonly sequences: number }
  /** Only a model that works on nothing. */
  | { readonly type: "evict"; readonly model: string }
  /** Stop a running call at its next token. */
  | { readonly type: "save"; readonly model: string; readonly request: string }
  | { readonly type: "switch"; readonly switching: Switching | null }
  | { readonly type: "startTimer"; readonly timer: string; readonly ms: number }
  /** Cancels it if it runs, forgets that it fired. */
  | { readonly type: "clearTimer"; readonly timer: string }
  | { readonly type: "wait" };

/** Who goes next and which models stay: a pure reading of the state. */
export type Policy = { next(view: View): Move };
