import { framed } from "./frame.ts";
import { graph, heatmap } from "./panels.ts";
import { quantile, rate, series, sum } from "./queries.ts";
import { traces } from "./tables.ts";
import { traceQueries } from "./trace-queries.ts";

export const agents = framed({
  uid: "swarm-agents",
  title: "Swarm agents",
  description: "What agents do, how long models take, and how messages travel.",
  hasMetrics: true,
  sections: [
    {
      title: "Agents",
      panels: [
        graph(
          {
            title: "Invocations",
            description: "Pieces of work that each agent finishes, per second.",
            unit: "ops",
          },
          [
            {
              expr: sum(rate(series("gen_ai_invoke_agent_duration_seconds_count")), "gen_ai_agent_name"),
              legend: "{{gen_ai_agent_name}}",
            },
          ],
          { stacked: true },
        ),
        graph(
          {
            title: "Invocation time p95",
            description: "From taking an assignment to answering it or casting the ballot, by agent.",
            unit: "s",
          },
          [
            {
              expr: quantile(0.95, "gen_ai_invoke_agent_duration_seconds_bucket", "gen_ai_agent_name"),
              legend: "{{gen_ai_agent_name}}",
              exemplars: true,
            },
          ],
        ),
        graph(
          {
            title: "Agents by state",
            description:
              "Agent instances that live now. Many that think and none that vote: models are the bottleneck.",
            unit: "short",
          },
          [{ expr: sum(series("swarm_agents"), "state"), legend: "{{state}}" }],
          { stacked: true },
        ),
        graph(
          {
            title: "Mailbox depth",
            description:
              "Messages that wait for an actor. At 4,096 for one of them further requests are refused.",
            unit: "short",
            limits: [
              { at: 1024, colour: "yellow" },
              { at: 4096, colour: "red" },
            ],
          },
          [{ expr: sum(series("swarm_agent_mailbox_depth"), "role"), legend: "{{role}}" }],
        ),
        graph(
          {
            title: "Turns that threw",
            description:
              "An agent's code failed on a message; it is started again up to three times. Should be zero.",
            unit: "ops",
          },
          [
            {
              expr: sum(rate(series("swarm_agent_restarts_total")), "role", "reason"),
              legend: "{{role}} {{reason}}",
            },
          ],
        ),
        graph(
          {
            title: "Asked again",
            description: "Times a second that an agent or a remote model's client tried again, and why.",
            unit: "ops",
          },
          [{ expr: sum(rate(series("swarm_inference_retries_total")), "reason"), legend: "{{reason}}" }],
        ),
      ],
    },
    {
      title: "Models",
      panels: [
        heatmap(
          {
            title: "Calls of models",
            description:
              "How long calls take, over time. Two bands are two kinds of prompt, or a model that swaps.",
            unit: "s",
          },
          sum(rate(series("gen_ai_client_operation_duration_seconds_bucket")), "le"),
        ),
        graph(
          {
            title: "Call time p95",
            description: "By provider and model. The dots are runs; a click opens the trace.",
            unit: "s",
          },
          [
            {
              expr: quantile(
                0.95,
                "gen_ai_client_operation_duration_seconds_bucket",
                "gen_ai_provider_name",
                "gen_ai_request_model",
              ),
              legend: "{{gen_ai_provider_name}} {{gen_ai_request_model}}",
              exemplars: true,
            },
          ],
        ),
        graph(
          {
            title: "First chunk p95",
            description:
              "From the start of the try that brought the reply to its first piece, by model. Long prompts and busy providers show here.",
            unit: "s",
          },
          [
            {
              expr: quantile(
                0.95,
                "gen_ai_client_time_to_first_chunk_seconds_bucket",
                "gen_ai_provider_name",
                "gen_ai_request_model",
              ),
              legend: "{{gen_ai_provider_name}} {{gen_ai_request_model}}",
            },
          ],
        ),
        graph(
          {
            title: "Circuits that are not closed",
            description:
              "Remote endpoints that failed so often that they are left alone, or are tried again. Should be zero.",
            unit: "short",
            limits: [{ at: 1, colour: "red" }],
          },
          [
            {
              expr: sum(series("swarm_circuit_state", 'state!="closed"'), "provider", "state"),
              legend: "{{provider}} {{state}}",
            },
          ],
        ),
        graph(
          {
            title: "Tokens of a call p95",
            description: "By model: read (input) and written (output). Prompts that grow show here first.",
            unit: "short",
          },
          [
            {
              expr: quantile(
                0.95,
                "gen_ai_client_token_usage_bucket",
                "gen_ai_request_model",
                "gen_ai_token_type",
              ),
              legend: "{{gen_ai_request_model}} {{gen_ai_token_type}}",
            },
          ],
        ),
      ],
    },
    {
      title: "Programs",
      panels: [
        graph(
          {
            title: "Programs run",
            description:
              "Programs of a task that end, per second. Those with an error could not be started, or were ended; an exit code is none.",
            unit: "ops",
          },
          [
            {
              expr: sum(
                rate(series("gen_ai_execute_tool_duration_seconds_count")),
                "gen_ai_tool_name",
                "error_type",
              ),
              legend: "{{gen_ai_tool_name}} {{error_type}}",
            },
          ],
          { stacked: true },
        ),
        graph(
          {
            title: "Program time p95",
            description:
              "How long programs take, by name. A step that is graded by one waits for it; the dots are runs.",
            unit: "s",
          },
          [
            {
              expr: quantile(0.95, "gen_ai_execute_tool_duration_seconds_bucket", "gen_ai_tool_name"),
              legend: "{{gen_ai_tool_name}}",
              exemplars: true,
            },
          ],
        ),
      ],
    },
    {
      title: "Messages",
      panels: [
        graph({ title: "Published", description: "Messages a second, by where they go.", unit: "ops" }, [
          {
            expr: sum(rate(series("messaging_client_sent_messages_total")), "messaging_destination_template"),
            legend: "{{messaging_destination_template}}",
          },
        ]),
        graph(
          {
            title: "On the way p95",
            description:
              "From publishing a message to its handler. Inside a process this is the wait for the event loop.",
            unit: "s",
          },
          [
            {
              expr: quantile(0.95, "swarm_message_delivery_seconds_bucket", "messaging_destination_template"),
              legend: "{{messaging_destination_template}}",
            },
          ],
        ),
        graph(
          {
            title: "Handled p95",
            description: "How long the handler of a message works; what it starts later is not in it.",
            unit: "s",
          },
          [
            {
              expr: quantile(
                0.95,
                "messaging_process_duration_seconds_bucket",
                "messaging_destination_template",
              ),
              legend: "{{messaging_destination_template}}",
            },
          ],
        ),
        graph(
          {
            title: "Dropped",
            description: "Messages that nobody handled, per second, and why. Should be zero.",
            unit: "ops",
          },
          [{ expr: sum(rate(series("swarm_messages_dropped_total")), "reason"), legend: "{{reason}}" }],
        ),
      ],
    },
    {
      title: "Traces",
      panels: [
        traces(
          { title: "Slow invocations", description: "Runs in which an agent worked for more than a second." },
          traceQueries.slowAgents,
        ),
        traces(
          {
            title: "Failed invocations",
            description:
              "Runs in which an agent gave up. Empty is good. Who abstained has answered: see the ballots of the decision.",
          },
          traceQueries.failedAgents,
        ),
        traces(
          {
            title: "Failed programs",
            description: "Runs with a program that could not be started, or that was ended. Empty is good.",
            width: 24,
          },
          traceQueries.failedTools,
        ),
      ],
    },
  ],
});
