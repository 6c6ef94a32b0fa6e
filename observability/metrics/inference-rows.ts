import type {
  InferenceCompleted,
  InferenceFailed,
  InferenceRequested,
} from "../../coordination/protocol/inference-messages.ts";
import type { Diagnostics } from "../../coordination/protocol/diagnostics.ts";
import { schedulerActor } from "../../coordination/protocol/ids.ts";
import type { Json } from "../../coordination/protocol/json.ts";
import type { DecidedRow, Row } from "../../coordination/protocol/row.ts";
import { memberOf, membersOf } from "./json-object.ts";
import { secondsBetween, type Meter } from "./meter.ts";

/** A call that the scheduler lets run. */
type Held = { readonly model: string; readonly fromUs: number };

/** Reads what the scheduler does: how calls wait and run, and what they bring. Each call passes it exactly once. */
export const inferenceRows = (meter: Meter, watch: Diagnostics["watch"]) => {
  const waiting = new Map<string, number>();
  const held = new Map<string, Held>();
  const unwatch = watch(() => [{ type: "scheduler", waiting: waiting.size, held: held.size }]);
  /** Who provides each model of the plan, by the model's name there. */
  let providers: ReadonlyMap<string, string> = new Map();

  const requested = ({ request }: InferenceRequested, { atUs }: DecidedRow): void =>
    void waiting.set(request, atUs);

  const started = (request: string, model: string, { atUs, run }: DecidedRow): void => {
    const fromUs = waiting.get(request) ?? atUs;
    waiting.delete(request);
    held.set(request, { model, fromUs: atUs });
    const waitSeconds = secondsBetween(fromUs, atUs);
    meter.observe("swarm_gpu_lease_wait_seconds", { priority: "normal" }, waitSeconds, run);
  };

  const answered = (message: InferenceCompleted | InferenceFailed, { atUs, run }: DecidedRow): void => {
    const lease = held.get(message.request);
    // Told twice, or refused before it started.
    if (lease === undefined) return;
    held.delete(message.request);
    const heldSeconds = secondsBetween(lease.fromUs, atUs);
    meter.observe("swarm_gpu_lease_hold_seconds", {}, heldSeconds);
    const { model } = lease;
    const call = {
      gen_ai_operation_name: "chat",
      gen_ai_provider_name: providers.get(model) ?? "unknown",
      gen_ai_request_model: model,
    } as const;
    const isReply = message.type === "inference.completed";
    meter.observe(
      "gen_ai_client_operation_duration_seconds",
      { ...call, error_type: isReply ? "" : message.failure.code },
      isReply ? secondsBetween(message.reply.startedAtUs, message.reply.finishedAtUs) : heldSeconds,
      run,
    );
    if (!isReply) return;
    const { promptTokens, outputTokens } = message.reply.usage;
    meter.observe("gen_ai_client_token_usage", { ...call, gen_ai_token_type: "input" }, promptTokens);
    meter.observe("gen_ai_client_token_usage", { ...call, gen_ai_token_type: "output" }, outputTokens);
  };

  const schedulerTurn = (row: DecidedRow): void => {
    const { input, effects } = row;
    if (input.type === "inference.requested") requested(input, row);
    if (input.type === "inference.completed" || input.type === "inference.failed") answered(input, row);
    for (const effect of effects) {
      if (effect.type === "generate") started(effect.request, effect.body.model, row);
      // Refused: it waits no more.
      if (effect.type === "send" && effect.body.type === "inference.failed")
        waiting.delete(effect.body.request);
    }
  };

  return {
    read: (row: Row): void => {
      if (row.type === "header") providers = providersIn(row.models);
      if (row.type === "turn" && row.actor === schedulerActor && !("failed" in row)) schedulerTurn(row);
    },
    close: unwatch,
  };
};

const providersIn = (models: Json): ReadonlyMap<string, string> =>
  new Map(
    membersOf(models).flatMap(([name, model]) => {
      const provider = memberOf(model, "provider");
      return typeof provider === "string" ? [[name, provider] as const] : [];
    }),
  );
