import { TextBoxVariableBuilder } from "@grafana/grafana-foundation-sdk/dashboard";
import { framed } from "./frame.ts";
import { logs, spans, waterfall } from "./tables.ts";
import { traceQueries } from "./trace-queries.ts";

export const run = framed({
  uid: "swarm-run",
  title: "Swarm run",
  description:
    "One run, by its trace. The id of the trace is the first 16 bytes of the sha256 of the run's id.",
  hasMetrics: false,
  variables: [
    new TextBoxVariableBuilder("traceId")
      .label("Trace")
      .description("32 hexadecimal digits")
      .defaultValue(""),
  ],
  sections: [
    {
      title: "Trace",
      panels: [
        waterfall(
          {
            title: "Timeline",
            description: "Steps, agents, calls of models, messages and decisions, as the record tells them.",
          },
          "${traceId}",
        ),
      ],
    },
    {
      title: "Parts",
      panels: [
        spans(
          { title: "Decisions", description: "Every decision of the run with its rule, outcome and share." },
          traceQueries.decisionsOfRun,
        ),
        spans(
          { title: "Slow calls", description: "Calls of models that took more than 100 ms." },
          traceQueries.slowCallsOfRun,
        ),
        spans(
          { title: "Errors", description: "Whatever failed in the run. Empty is good.", width: 24 },
          traceQueries.errorsOfRun,
        ),
      ],
    },
    {
      title: "Log",
      panels: [
        logs(
          { title: "Events", description: "What swarm printed in this time range, one event a line." },
          '{service_name="swarm"}',
        ),
      ],
    },
  ],
});
