import { schedulerActor } from "../../coordination/protocol/ids.ts";
import type { Usage } from "../../coordination/protocol/inference-messages.ts";
import type { Row } from "../../coordination/protocol/row.ts";

/** What one try of a call took, and from when to when. Times in microseconds since 1970. */
export type TokenStretch = {
  readonly model: string;
  readonly startUs: number;
  readonly endUs: number;
  /** Those of the prompt and of the reply. */
  readonly tokens: number;
};

/** Follows the tokens of a run over its rows: those of tries that failed, too, so that they add up to the run's account. */
export const tokenHistory = () => {
  /** By the request: its model, and when its next try began at the earliest. */
  const open = new Map<string, { readonly model: string; readonly fromUs: number }>();
  const stretches: TokenStretch[] = [];

  const take = (request: string, usage: Usage | undefined, startUs: number, endUs: number): void => {
    const call = open.get(request);
    const tokens = (usage?.promptTokens ?? 0) + (usage?.outputTokens ?? 0);
    if (call !== undefined && tokens > 0) stretches.push({ model: call.model, startUs, endUs, tokens });
  };

  return {
    read: (row: Row): void => {
      // What was under way when its process ended is asked again by the next one.
      if (row.type === "resumed")
        for (const [request, { model }] of open) open.set(request, { model, fromUs: row.atUs });
      if (row.type !== "turn" || "failed" in row || row.actor !== schedulerActor) return;
      const { input, effects, atUs } = row;
      switch (input.type) {
        case "inference.requested":
          open.set(input.request, { model: input.body.model, fromUs: atUs });
          break;
        case "inference.attempted": {
          const { request, failure, startedAtUs, finishedAtUs } = input;
          take(request, failure.usage, startedAtUs, finishedAtUs);
          const call = open.get(request);
          if (call !== undefined) open.set(request, { ...call, fromUs: finishedAtUs });
          break;
        }
        case "inference.completed":
          take(input.request, input.reply.usage, input.reply.startedAtUs, input.reply.finishedAtUs);
          open.delete(input.request);
          break;
        case "inference.failed":
          take(input.request, input.failure.usage, open.get(input.request)?.fromUs ?? atUs, atUs);
          open.delete(input.request);
          break;
        default:
      }
      for (const effect of effects)
        if (effect.type === "generate") open.set(effect.request, { model: effect.body.model, fromUs: atUs });
    },
    take: (): readonly TokenStretch[] => stretches,
  };
};
