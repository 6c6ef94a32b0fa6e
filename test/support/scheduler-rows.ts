import type { Effect } from "../../coordination/protocol/effect.ts";
import { runId, schedulerActor, type EnvelopeId } from "../../coordination/protocol/ids.ts";
import type { Message } from "../../coordination/protocol/message.ts";
import type { DecidedRow } from "../../coordination/protocol/row.ts";

export type SchedulerTurn = { readonly input: Message; readonly effects?: readonly Effect[] };

/** Turns of a scheduler, a second apart. */
export const schedulerRows = (...turns: readonly SchedulerTurn[]): readonly DecidedRow[] =>
  turns.map(({ input, effects = [] }, seq) => ({
    type: "turn",
    run: runId("r"),
    actor: schedulerActor,
    seq,
    atUs: seq * 1e6,
    cause: `host#${seq}` as EnvelopeId,
    input,
    effects,
  }));
