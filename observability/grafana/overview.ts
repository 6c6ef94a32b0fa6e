import { framed } from "./frame.ts";
import { graph, number } from "./panels.ts";
import { part, medianAnd, quantile, rate, series, sum } from "./queries.ts";
import { traces } from "./tables.ts";
import { traceQueries } from "./trace-queries.ts";

const increase = (selector: string): string => `increase(${selector}[$__range])`;
const share = (some: string, all: string): string => part(sum(increase(some)), sum(increase(all)));

export const overview = framed({
  uid: "swarm-overview",
  title: "Swarm overview",
  description: "How runs go, what they cost, and where errors come from.",
  hasMetrics: true,
  sections: [
    {
      title: "Now",
      panels: [
        number(
          {
            title: "Runs that are done",
            description:
              "Part of the runs that ended in this time range with the outcome done. The objective is 99 %; below it the error budget is being spent.",
            unit: "percentunit",
            limits: [
              { at: 0.95, colour: "yellow" },
              { at: 0.99, colour: "green" },
            ],
          },
          {
            expr: share(series("swarm_runs_total", 'outcome="done"'), series("swarm_runs_total")),
            legend: "done",
          },
        ),
        number(
          {
            title: "Active runs",
            description: "Runs that the processes shown drive right now.",
            unit: "short",
          },
          { expr: sum(series("swarm_runs_active")), legend: "active" },
        ),
        number(
          {
            title: "Run time p95",
            description: "19 of 20 runs in this time range took no longer, pauses included.",
            unit: "s",
          },
          {
            expr: `histogram_quantile(0.95, ${sum(increase(series("gen_ai_workflow_duration_seconds_bucket")), "le")})`,
            legend: "p95",
          },
        ),
        number(
          {
            title: "Decisions not settled",
            description:
              "Part of the decisions that ended without a winner, those inside maps too, where that is a result. Some are honest; above 5 % look at the confidence of the voters.",
            unit: "percentunit",
            limits: [
              { at: 0.05, colour: "yellow" },
              { at: 0.2, colour: "red" },
            ],
          },
          {
            expr: share(
              series("swarm_decisions_total", 'outcome!="settled"'),
              series("swarm_decisions_total"),
            ),
            legend: "not settled",
          },
        ),
        number(
          {
            title: "Tokens a second",
            description: "Tokens that models read and wrote, over the time range.",
            unit: "short",
          },
          {
            expr: sum(`rate(${series("gen_ai_client_token_usage_sum")}[$__range])`),
            legend: "tokens/s",
          },
        ),
        number(
          {
            title: "Processes",
            description: "Processes that were reached last time, of each version of swarm and Node.",
            unit: "short",
          },
          { expr: sum(series("swarm_build_info"), "version", "node"), legend: "{{version}} on {{node}}" },
        ),
      ],
    },
    {
      title: "Runs and steps",
      panels: [
        graph(
          {
            title: "Runs by outcome",
            description: "Runs that end, per second. Everything but done spends the error budget.",
            unit: "ops",
          },
          [{ expr: sum(rate(series("swarm_runs_total")), "outcome"), legend: "{{outcome}}" }],
          { stacked: true },
        ),
        graph(
          {
            title: "Run time",
            description: "Median and p95 by workflow. The dots are runs; a click opens the trace.",
            unit: "s",
          },
          medianAnd(0.95, "gen_ai_workflow_duration_seconds_bucket", {
            by: "gen_ai_workflow_name",
            exemplars: true,
          }),
        ),
        graph(
          {
            title: "Step time p95",
            description:
              "From the assignment of a step to its answer or outcome. Waiting for a model is in it.",
            unit: "s",
          },
          [
            {
              expr: quantile(0.95, "swarm_step_duration_seconds_bucket", "kind", "outcome"),
              legend: "{{kind}} {{outcome}}",
              exemplars: true,
            },
          ],
        ),
        graph(
          {
            title: "Tokens",
            description: "Tokens a second by model: read (input) and written (output).",
            unit: "short",
          },
          [
            {
              expr: sum(
                rate(series("gen_ai_client_token_usage_sum")),
                "gen_ai_request_model",
                "gen_ai_token_type",
              ),
              legend: "{{gen_ai_request_model}} {{gen_ai_token_type}}",
            },
          ],
          { stacked: true },
        ),
        graph(
          {
            title: "Cost",
            description: "US dollars an hour by model, where the price is known.",
            unit: "currencyUSD",
          },
          [
            {
              expr: `${sum(rate(series("swarm_inference_cost_usd_total")), "model")} * 3600`,
              legend: "{{model}}",
            },
          ],
          { stacked: true },
        ),
        graph(
          {
            title: "Errors by source",
            description: "What goes wrong, per second. All lines should lie on zero.",
            unit: "ops",
          },
          [
            { expr: sum(rate(series("swarm_runs_total", 'outcome!="done"'))), legend: "runs" },
            {
              expr: `${sum(rate(series("gen_ai_client_operation_duration_seconds_count", 'error_type!~"|ABORTED"')))} or vector(0)`,
              legend: "inference",
            },
            { expr: sum(rate(series("swarm_agent_restarts_total"))), legend: "agents that threw" },
            { expr: sum(rate(series("swarm_messages_dropped_total"))), legend: "messages dropped" },
            {
              expr: sum(rate(series("swarm_raft_proposals_total", 'outcome="rejected"'))),
              legend: "proposals turned away",
            },
          ],
        ),
        graph(
          {
            title: "Rows by type",
            description: "Rows a second that the event log takes, by what they record.",
            unit: "ops",
          },
          [{ expr: sum(rate(series("swarm_log_events_total")), "type"), legend: "{{type}}" }],
          { stacked: true },
        ),
      ],
    },
    {
      title: "Traces",
      panels: [
        traces(
          {
            title: "Recent runs",
            description: "The newest runs whose trace was exported, whatever their outcome.",
          },
          traceQueries.recentRuns,
        ),
        traces(
          { title: "Failed runs", description: "Runs that ended in an error. Empty is good." },
          traceQueries.failedRuns,
        ),
      ],
    },
  ],
});
