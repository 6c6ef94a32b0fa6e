import type { TaskFailed } from "../../coordination/protocol/agent-messages.ts";
import type { InferenceFailure } from "../../coordination/protocol/inference-messages.ts";
import { commandFailed } from "../program-name.ts";
import { seconds, type Metric } from "./metric.ts";

const tokens = [1, 4, 16, 64, 256, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576] as const;
const call = {
  gen_ai_operation_name: ["chat"],
  gen_ai_provider_name: "named",
  gen_ai_request_model: "named",
} as const;

/** How any call may end that had its turn; without an error it says nothing. */
export const localErrors = [
  "",
  "OVERLOADED",
  "ENGINE_CRASHED",
  "MODEL_UNAVAILABLE",
  "BAD_REQUEST",
  "TIMEOUT",
  "ABORTED",
] as const satisfies readonly ("" | InferenceFailure["code"])[];

/** How only a model behind a network fails. */
export const remoteErrors = [
  "RATE_LIMITED",
  "PROVIDER_FAILED",
  "CIRCUIT_OPEN",
  "UNAUTHORIZED",
  "CONTEXT_TOO_LONG",
  "CONTENT_FILTERED",
] as const satisfies readonly InferenceFailure["code"][];

/** One for which the budget has no room is refused before it has its turn. */
const callErrors = [...localErrors, ...remoteErrors, "BUDGET_SPENT"] as const;

const agentErrors = [
  "",
  "abstained",
  "UNUSABLE_REPLY",
  "BUDGET_SPENT",
  "INFERENCE_FAILED",
  "AGENT_CRASHED",
] as const satisfies readonly ("" | "abstained" | TaskFailed["code"])[];

/** Runs, agents, calls of models, messages. */
export const runMetrics = {
  swarm_runs_total: {
    type: "counter",
    help: "Runs that have ended.",
    labels: { outcome: ["done", "failed", "not-settled", "budget-spent"] },
    source: "rows",
  },
  swarm_runs_active: {
    type: "gauge",
    help: "Runs that this process drives.",
    labels: {},
    source: "rows",
  },
  gen_ai_workflow_duration_seconds: {
    type: "histogram",
    help: "From the header of a run to its end, pauses included.",
    labels: { gen_ai_workflow_name: "named", error_type: "named" },
    source: "rows",
    buckets: seconds.long,
    exemplars: true,
  },
  swarm_step_duration_seconds: {
    type: "histogram",
    help: "From the assignment of a step to its answer or outcome; a step is told by its kind.",
    labels: { kind: ["ask", "decide"], outcome: ["done", "failed", "settled", "not-settled"] },
    source: "rows",
    buckets: seconds.long,
    exemplars: true,
  },
  swarm_build_info: {
    type: "gauge",
    help: "Always 1; the labels say what runs.",
    labels: { version: "named", node: "named" },
    source: "process",
  },
  swarm_agents: {
    type: "gauge",
    help: "Agent instances that live now, by the state of their chart.",
    labels: { state: ["idle", "thinking", "deliberating", "voting", "abstained", "other"] },
    source: "diagnostics",
  },
  swarm_agent_restarts_total: {
    type: "counter",
    help: "Turns of an agent that threw, after which it is started again or retired; role is the agent's name.",
    labels: { role: "named", reason: "named" },
    source: "rows",
  },
  swarm_agent_mailbox_depth: {
    type: "gauge",
    help: "Messages that wait for an actor, summed over the instances of an agent; role is the agent's name or the actor's.",
    labels: { role: "named" },
    source: "diagnostics",
  },
  gen_ai_invoke_agent_duration_seconds: {
    type: "histogram",
    help: "From the turn that takes an assignment to the turn that answers it or casts the ballot.",
    labels: { gen_ai_agent_name: "named", error_type: agentErrors },
    source: "rows",
    buckets: seconds.call,
    exemplars: true,
  },
  gen_ai_client_operation_duration_seconds: {
    type: "histogram",
    help: "One call of a model, as the engine or provider timed it, from its first try on.",
    labels: { ...call, error_type: callErrors },
    source: "rows",
    buckets: seconds.call,
    exemplars: true,
  },
  gen_ai_client_time_to_first_chunk_seconds: {
    type: "histogram",
    help: "From the start of the try that brought the reply to its first piece, where the engine or provider tells.",
    labels: call,
    source: "rows",
    buckets: seconds.call,
    exemplars: false,
  },
  gen_ai_client_token_usage: {
    type: "histogram",
    help: "Tokens of one call of a model, as the engine counted them.",
    labels: { ...call, gen_ai_token_type: ["input", "output"] },
    source: "rows",
    buckets: tokens,
    exemplars: false,
  },
  gen_ai_execute_tool_duration_seconds: {
    type: "histogram",
    help: "A program that a task has run, from the turn that asks for it, or a resume that runs it again, to the turn that takes its end. An exit code is no error.",
    labels: { gen_ai_tool_name: "named", error_type: ["", commandFailed] },
    source: "rows",
    buckets: seconds.long,
    exemplars: true,
  },
  swarm_inference_retries_total: {
    type: "counter",
    help: "Times that an agent asked its model again, and further tries of a call of a remote model; the reason is the failure's code, or an unusable reply.",
    labels: {
      reason: [
        "unusable-reply",
        "not-delivered",
        "OVERLOADED",
        "ENGINE_CRASHED",
        "TIMEOUT",
        "RATE_LIMITED",
        "PROVIDER_FAILED",
        "other",
      ],
    },
    source: "rows",
  },
  swarm_inference_cost_usd_total: {
    type: "counter",
    help: "US dollars that calls of a model cost, failed tries included; 0 where it costs nothing or nobody knows the price.",
    labels: { model: "named" },
    source: "rows",
  },
  swarm_circuit_state: {
    type: "gauge",
    help: "1 for the state that the circuit of a remote endpoint has, else 0; provider is its host. Of several circuits at one host the worst.",
    labels: { provider: "named", state: ["closed", "half-open", "open"] },
    source: "diagnostics",
  },
  messaging_client_sent_messages_total: {
    type: "counter",
    help: "Messages published on the bus.",
    labels: { messaging_destination_template: "named" },
    source: "diagnostics",
  },
  messaging_process_duration_seconds: {
    type: "histogram",
    help: "How long the handler of a message worked, of one message in 32. It puts mail into a mailbox; the turn itself is not in it.",
    labels: { messaging_destination_template: "named" },
    source: "diagnostics",
    buckets: seconds.brief,
    exemplars: false,
  },
  swarm_message_delivery_seconds: {
    type: "histogram",
    help: "From the publishing of a message to its handler, of one message in 32, where both are in this process.",
    labels: { messaging_destination_template: "named" },
    source: "diagnostics",
    buckets: seconds.brief,
    exemplars: false,
  },
  swarm_messages_dropped_total: {
    type: "counter",
    help: "Messages that were not handled: refused by a full mailbox, or lost on the bus.",
    labels: {
      reason: ["mailbox-full", "step-failed", "no-such-actor", "slow-consumer", "bus-error"],
    },
    source: "rows",
  },
} as const satisfies Readonly<Record<string, Metric>>;
