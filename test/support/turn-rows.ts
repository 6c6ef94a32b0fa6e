import type { Effect } from "../../coordination/protocol/effect.ts";
import { envelopeId, runId, type ActorId } from "../../coordination/protocol/ids.ts";
import type { Message } from "../../coordination/protocol/message.ts";
import type { HeaderRow, TurnRow } from "../../coordination/protocol/row.ts";

export type HandTurn = {
  readonly actor: ActorId;
  readonly input: Message;
  /** Default: an id that no row has sent. */
  readonly cause?: string;
} & ({ readonly effects?: readonly Effect[] } | { readonly failed: { code: string; message: string } });

export const handHeader = (more: Partial<Pick<HeaderRow, "plan" | "models">> = {}): HeaderRow => ({
  type: "header",
  run: runId("r"),
  atUs: 0,
  swarm: "test",
  task: { name: "by hand", path: null, digest: "d" },
  plan: {},
  seed: 1,
  models: {},
  trust: {},
  ...more,
});

/** Turns of any actors, a second apart, the first a second after the header. */
export const turnRows = (...turns: readonly HandTurn[]): readonly TurnRow[] => {
  const seqs = new Map<ActorId, number>();
  return turns.map(({ actor, input, cause, ...turn }, at) => {
    const seq = seqs.get(actor) ?? 0;
    seqs.set(actor, seq + 1);
    const row = {
      type: "turn",
      run: runId("r"),
      actor,
      seq,
      atUs: (at + 1) * 1e6,
      cause: envelopeId(cause ?? `elsewhere#${at}.0`),
      input,
    } as const;
    return "failed" in turn ? { ...row, failed: turn.failed } : { ...row, effects: turn.effects ?? [] };
  });
};
