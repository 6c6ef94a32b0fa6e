import type { Effect } from "./effect.ts";

/** What a step decides: the state after the message, and what shall be done about it. */
export type Turn<State> = { readonly state: State; readonly effects: readonly Effect[] };

/** An actor: pure, total on its inputs, free of clocks and dice. */
export type Step<State, Input> = (state: State, input: Input) => Turn<State>;
