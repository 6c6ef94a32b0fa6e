import type {
  InferenceAttempted,
  InferenceCompleted,
  InferenceFailed,
  InferenceFailure,
  InferencePaused,
  InferenceReply,
  InferenceRequested,
  Usage,
} from "../../coordination/protocol/inference-messages.ts";
import type { CallPriority, Diagnostics } from "../../coordination/protocol/diagnostics.ts";
import { schedulerActor } from "../../coordination/protocol/ids.ts";
import type { Json } from "../../coordination/protocol/json.ts";
import type { DecidedRow, Row } from "../../coordination/protocol/row.ts";
import { priorityOf } from "../priority.ts";
import { busyTime } from "./busy-time.ts";
import type { LabelsOf } from "./catalogue.ts";
import { memberOf, membersOf } from "./json-object.ts";
import { secondsBetween, type Meter } from "./meter.ts";
import { failureReason } from "./retry-reason.ts";
import { localErrors, remoteErrors } from "./run-metrics.ts";

/** A call that waits for the scheduler, or that it lets run. */
type Open = {
  readonly model: string;
  readonly priority: CallPriority;
  readonly fromUs: number;
  /** When its first try began, where there was another. */
  readonly retriedFromUs?: number;
};

/** Why the asker of a call was told that it failed before its engine let go of it. `isUnwanted`: it was withdrawn. */
type GivenUp = { readonly code: InferenceFailure["code"]; readonly isUnwanted: boolean };

type Call = LabelsOf<"gen_ai_client_time_to_first_chunk_seconds">;

type CallLabels = {
  readonly call: Call;
  readonly done: LabelsOf<"gen_ai_client_operation_duration_seconds">;
  readonly input: LabelsOf<"gen_ai_client_token_usage">;
  readonly output: LabelsOf<"gen_ai_client_token_usage">;
};

/** Reads what the scheduler does: how calls wait and run, and what they bring. Each call passes it exactly once. */
export const inferenceRows = (meter: Meter, watch: Diagnostics["watch"], nowUs?: () => number) => {
  const waiting = new Map<string, Open>();
  const held = new Map<string, Open>();
  const withdrawn = new Map<string, GivenUp>();
  const unwatch = watch(() => {
    const queues = { low: 0, normal: 0, high: 0 };
    for (const { priority } of waiting.values()) queues[priority] += 1;
    return [
      { type: "scheduler", waiting: queues, held: held.size },
      { type: "utilization", share: utilization() },
    ];
  });
  let busy = busyTime();
  let firstUs: number | undefined;
  /** The time of the last row, and since when calls have held leases, as far as that is not added up yet. */
  let [lastUs, busyFromUs] = [0, 0];
  const utilization = (): number => {
    const now = Math.max(lastUs, nowUs?.() ?? 0);
    if (held.size > 0) {
      busy.add(busyFromUs, now);
      busyFromUs = now;
    }
    return busy.share(firstUs ?? now, now);
  };
  /** Who provides each model of the plan, by the model's name there. */
  let providers: ReadonlyMap<string, string> = new Map();

  const requested = ({ request, body, priority }: InferenceRequested, { atUs }: DecidedRow): void =>
    void waiting.set(request, { model: body.model, priority: priorityOf(priority), fromUs: atUs });

  const started = (request: string, model: string, { atUs, run }: DecidedRow): void => {
    const { priority, fromUs } = waiting.get(request) ?? { priority: "normal", fromUs: atUs };
    waiting.delete(request);
    if (held.size === 0) busyFromUs = atUs;
    held.set(request, { model, priority, fromUs: atUs });
    meter.observe("swarm_gpu_lease_wait_seconds", { priority }, secondsBetween(fromUs, atUs), run);
  };

  const released = (request: string, atUs: number): Open | undefined => {
    const lease = held.get(request);
    if (lease === undefined) return undefined;
    held.delete(request);
    if (held.size === 0 && atUs > busyFromUs) busy.add(busyFromUs, atUs);
    meter.observe("swarm_gpu_lease_hold_seconds", {}, secondsBetween(lease.fromUs, atUs));
    return lease;
  };

  const paused = ({ request }: InferencePaused, { atUs }: DecidedRow): void => {
    const lease = released(request, atUs);
    // Nobody waits for one that was withdrawn.
    if (lease !== undefined && !withdrawn.delete(request)) waiting.set(request, { ...lease, fromUs: atUs });
  };

  const paid = (model: string, usage: Usage | undefined): void =>
    meter.count("swarm_inference_cost_usd_total", { model }, (usage?.costNanoUsd ?? 0) / 1e9);

  /** Made once for each model: there are several for each call. */
  const labels = new Map<string, CallLabels>();
  const labelsOf = (model: string): CallLabels => {
    const known = labels.get(model);
    if (known !== undefined) return known;
    const call: Call = {
      gen_ai_operation_name: "chat",
      gen_ai_provider_name: providers.get(model) ?? "unknown",
      gen_ai_request_model: model,
    };
    const made: CallLabels = {
      call,
      done: { ...call, error_type: "" },
      input: { ...call, gen_ai_token_type: "input" },
      output: { ...call, gen_ai_token_type: "output" },
    };
    labels.set(model, made);
    return made;
  };

  const attempted = ({ request, failure, startedAtUs }: InferenceAttempted): void => {
    meter.count("swarm_inference_retries_total", { reason: failureReason(failure) });
    const lease = held.get(request);
    if (lease === undefined) return;
    held.set(request, { retriedFromUs: startedAtUs, ...lease });
    paid(lease.model, failure.usage);
  };

  const replied = ({ call, input, output }: CallLabels, reply: InferenceReply): void => {
    const { promptTokens, outputTokens } = reply.usage;
    meter.observe("gen_ai_client_token_usage", input, promptTokens);
    meter.observe("gen_ai_client_token_usage", output, outputTokens);
    if (reply.firstChunkAtUs === undefined) return;
    const waitSeconds = secondsBetween(reply.startedAtUs, reply.firstChunkAtUs);
    meter.observe("gen_ai_client_time_to_first_chunk_seconds", call, waitSeconds);
  };

  const answered = (message: InferenceCompleted | InferenceFailed, { atUs, run }: DecidedRow): void => {
    const lease = released(message.request, atUs);
    // Told twice, or refused before it started.
    if (lease === undefined) return;
    const { model } = lease;
    const known = labelsOf(model);
    const isReply = message.type === "inference.completed";
    const given = withdrawn.get(message.request);
    withdrawn.delete(message.request);
    // That nobody wants a reply is no fault of the call.
    const why = isReply && given?.isUnwanted === true ? undefined : given?.code;
    const code = why ?? (isReply ? undefined : message.failure.code);
    paid(model, isReply ? message.reply.usage : message.failure.usage);
    meter.observe(
      "gen_ai_client_operation_duration_seconds",
      code === undefined ? known.done : { ...known.call, error_type: code },
      isReply
        ? secondsBetween(lease.retriedFromUs ?? message.reply.startedAtUs, message.reply.finishedAtUs)
        : secondsBetween(lease.retriedFromUs ?? lease.fromUs, atUs),
      run,
    );
    if (isReply) replied(known, message.reply);
  };

  /** The scheduler answers a call itself: it waits no more. */
  const refused = (
    { request, failure: { code } }: InferenceFailed,
    { input, atUs, run }: DecidedRow,
  ): void => {
    const isUnwanted = input.type === "inference.cancelled" && input.request === request;
    if (held.has(request)) withdrawn.set(request, { code, isUnwanted });
    const call = waiting.get(request);
    waiting.delete(request);
    // Who waited in vain has waited; who was turned down has not.
    if (call !== undefined && (code === "TIMEOUT" || code === "ABORTED"))
      meter.observe(
        "swarm_gpu_lease_wait_seconds",
        { priority: call.priority },
        secondsBetween(call.fromUs, atUs),
        run,
      );
  };

  const schedulerTurn = (row: DecidedRow): void => {
    const { input, effects } = row;
    if (input.type === "inference.requested") requested(input, row);
    if (input.type === "inference.attempted") attempted(input);
    if (input.type === "inference.paused") paused(input, row);
    if (input.type === "inference.completed" || input.type === "inference.failed") answered(input, row);
    for (const effect of effects) {
      if (effect.type === "generate" || effect.type === "restoreSequence")
        started(effect.request, effect.body.model, row);
      if (effect.type === "send" && effect.body.type === "inference.failed") refused(effect.body, row);
    }
  };

  /** Nothing was held, and nobody waited for the scheduler, while no process drove the run. */
  const resumed = (atUs: number): void => {
    firstUs = busyFromUs = atUs;
    busy = busyTime();
    for (const calls of [waiting, held])
      for (const [request, { model, priority }] of calls)
        calls.set(request, { model, priority, fromUs: atUs });
  };

  const opened = (models: Json): void => {
    providers = providersIn(models);
    // What is not there yet cannot be told from what is lost.
    for (const model of providers.keys()) {
      const { call, input, output } = labelsOf(model);
      paid(model, undefined);
      for (const error_type of errorsOf(call.gen_ai_provider_name))
        meter.open("gen_ai_client_operation_duration_seconds", { ...call, error_type });
      meter.open("gen_ai_client_time_to_first_chunk_seconds", call);
      for (const tokens of [input, output]) meter.open("gen_ai_client_token_usage", tokens);
    }
  };

  return {
    read: (row: Row, decided: DecidedRow | undefined): void => {
      firstUs ??= row.atUs;
      lastUs = Math.max(lastUs, row.atUs);
      if (row.type === "resumed") resumed(row.atUs);
      if (row.type === "header") opened(row.models);
      if (decided?.actor === schedulerActor) schedulerTurn(decided);
    },
    close: unwatch,
  };
};

type CallError = LabelsOf<"gen_ai_client_operation_duration_seconds">["error_type"];

const localProviders: ReadonlySet<string> = new Set(["voter", "llama", "scripted"]);

/** How a call may end. Each way is twenty lines a model for whoever reads the metrics. */
const errorsOf = (provider: string): readonly CallError[] =>
  localProviders.has(provider) ? localErrors : [...localErrors, ...remoteErrors];

const providersIn = (models: Json): ReadonlyMap<string, string> =>
  new Map(
    membersOf(models).flatMap(([name, model]) => {
      const provider = memberOf(model, "provider");
      return typeof provider === "string" ? [[name, provider] as const] : [];
    }),
  );
