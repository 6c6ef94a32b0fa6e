import type { Generate } from "../../coordination/protocol/effect.ts";
import type { ChatLine } from "../../coordination/protocol/inference-messages.ts";
import type { Row } from "../../coordination/protocol/row.ts";

/** What a model was asked and what it said. */
export type Conversation = {
  readonly request: string;
  readonly model: string;
  readonly agent: string;
  readonly lines: readonly ChatLine[];
  /** The reply, or why there is none. */
  readonly reply: string;
  readonly failed: boolean;
  readonly tookUs: number;
};

type Asked = {
  readonly body: Generate["body"];
  readonly atUs: number;
  /** When its first try began, where there was another. */
  readonly retriedFromUs?: number;
};

/** Keeps the conversations that failed, and of the others those that took longest, `atMost` in all; in the order of their ends. */
export const conversationReader = (atMost: number) => {
  const open = new Map<string, Asked>();
  let kept: Conversation[] = [];
  let all = 0;
  let lastUs = 0;

  const keep = (conversation: Conversation): void => {
    all += 1;
    kept.push(conversation);
    if (kept.length > 2 * atMost) kept = worthMost(kept, atMost);
  };

  return {
    read: (row: Row): void => {
      // No call takes the time in which no process drove the run.
      if (row.type === "resumed")
        for (const [request, call] of open) open.set(request, later(call, Math.max(0, row.atUs - lastUs)));
      if (row.type !== "ruled") lastUs = Math.max(lastUs, row.atUs);
      if (row.type !== "turn" || "failed" in row || row.actor !== "scheduler") return;
      const { input, effects, atUs } = row;
      if (input.type === "inference.attempted") {
        const call = open.get(input.request);
        if (call !== undefined) open.set(input.request, { retriedFromUs: input.startedAtUs, ...call });
      }
      if (input.type === "inference.completed" || input.type === "inference.failed") {
        const call = open.get(input.request);
        open.delete(input.request);
        if (call !== undefined) {
          const { model, agent, lines } = call.body;
          const failed = input.type === "inference.failed";
          const reply = failed ? input.failure.message : input.reply.text;
          const tookUs = failed
            ? atUs - (call.retriedFromUs ?? call.atUs)
            : input.reply.finishedAtUs - (call.retriedFromUs ?? input.reply.startedAtUs);
          keep({ request: input.request, model, agent, lines, reply, failed, tookUs });
        }
      }
      for (const effect of effects)
        if (effect.type === "generate") open.set(effect.request, { body: effect.body, atUs });
    },
    take: (): { readonly conversations: readonly Conversation[]; readonly others: number } => {
      const conversations = worthMost(kept, atMost);
      return { conversations, others: all - conversations.length };
    },
  };
};

const later = ({ atUs, retriedFromUs, ...call }: Asked, byUs: number): Asked => ({
  ...call,
  atUs: atUs + byUs,
  ...(retriedFromUs === undefined ? {} : { retriedFromUs: retriedFromUs + byUs }),
});

const worthMost = (conversations: readonly Conversation[], atMost: number): Conversation[] => {
  const ranked = conversations.toSorted((a, b) => Number(b.failed) - Number(a.failed) || b.tookUs - a.tookUs);
  const best = new Set(ranked.slice(0, atMost));
  return conversations.filter((conversation) => best.has(conversation));
};
