import { TextBoxVariableBuilder } from "@grafana/grafana-foundation-sdk/dashboard";
import { framed } from "./frame.ts";
import { logs, spans, waterfall } from "./tables.ts";
import { traceQueries } from "./trace-queries.ts";

/** An event is its type; where it happened and what came of it are labels. Of those a line has only some. */
const eventsOfRun =
  '{service_name="swarm"} | run=~"${run}.*" | line_format "{{__line__}} {{.step}}{{.decision}} {{.agent}}{{.voter}} {{.kind}}{{.code}}{{.result}}"';

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
    new TextBoxVariableBuilder("run")
      .label("Run")
      .description("The id of the run, or its beginning, for its events")
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
          {
            title: "Events",
            description:
              "What happened in this time range, one event a line: of the run that is named above, or of all where none is. No prompts and no replies.",
          },
          eventsOfRun,
        ),
      ],
    },
  ],
});
