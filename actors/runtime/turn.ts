import type { Envelope } from "../../coordination/protocol/envelope.ts";
import type { RunId } from "../../coordination/protocol/ids.ts";
import type { TurnRow } from "../../coordination/protocol/row.ts";
import type { Hosted } from "./roster.ts";

/** Tells an actor one message and returns the row of it. A step that throws is a row too, never an exception. */
export const takeTurn = (hosted: Hosted, envelope: Envelope, run: RunId, atUs: number): TurnRow => {
  const base = {
    type: "turn",
    run,
    actor: hosted.id,
    seq: hosted.seq,
    atUs,
    cause: envelope.id,
    input: envelope.body,
  } as const;
  hosted.seq += 1;
  try {
    return { ...base, effects: hosted.cell.tell(envelope.body) };
  } catch (error) {
    return { ...base, failed: failureOf(error) };
  }
};

/** The recorded form of what a step threw. */
export const failureOf = (error: unknown): { readonly code: string; readonly message: string } =>
  error instanceof Error
    ? { code: error.name, message: error.message }
    : { code: "Error", message: String(error) };
