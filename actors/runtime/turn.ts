import type { Envelope } from "../../coordination/protocol/envelope.ts";
import type { RunId } from "../../coordination/protocol/ids.ts";
import type { TurnRow } from "../../coordination/protocol/row.ts";
import type { Hosted } from "./roster.ts";

/** Tells an actor one message and returns the row of it. A step that throws is a row too, never an exception. */
export const takeTurn = (hosted: Hosted, envelope: Envelope, run: RunId, atUs: number): TurnRow => {
  const { id: actor, seq } = hosted;
  const { id: cause, body: input } = envelope;
  hosted.seq += 1;
  // Spelled out: spreading what both have in common costs as much as some steps take.
  try {
    const effects = hosted.cell.tell(input);
    return { type: "turn", run, actor, seq, atUs, cause, input, effects };
  } catch (error) {
    return { type: "turn", run, actor, seq, atUs, cause, input, failed: failureOf(error) };
  }
};

/** The recorded form of what a step threw. */
export const failureOf = (error: unknown): { readonly code: string; readonly message: string } =>
  error instanceof Error
    ? { code: error.name, message: error.message }
    : { code: "Error", message: String(error) };
