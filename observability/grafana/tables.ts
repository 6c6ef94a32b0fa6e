import type { Builder } from "@grafana/grafana-foundation-sdk/cog";
import { type Panel, PanelBuilder as AnyPanelBuilder } from "@grafana/grafana-foundation-sdk/dashboard";
import { PanelBuilder as LogsBuilder } from "@grafana/grafana-foundation-sdk/logs";
import { DataqueryBuilder as LokiQuery } from "@grafana/grafana-foundation-sdk/loki";
import { PanelBuilder as TableBuilder } from "@grafana/grafana-foundation-sdk/table";
import { SearchTableType } from "@grafana/grafana-foundation-sdk/tempo";
import { loki, tempo, traced } from "./queries.ts";

type Told = { readonly title: string; readonly description: string; readonly width?: number };

const toRun = {
  id: "links",
  value: [{ title: "Open the run", url: "/d/swarm-run?var-traceId=${__value.raw}&${__url_time_range}" }],
};

const table = (
  { title, description, width = 12 }: Told,
  query: string,
  rows: SearchTableType,
): TableBuilder =>
  new TableBuilder()
    .title(title)
    .description(description)
    .datasource(tempo)
    .height(8)
    .span(width)
    .targets([traced(query, rows)]);

/** A line for each trace that has a matching span; a click on its id opens the run. */
export const traces = (told: Told, query: string): Builder<Panel> =>
  table(told, query, SearchTableType.Traces).overrideByName("traceID", [toRun]);

/** A line for each matching span. */
export const spans = (told: Told, query: string): Builder<Panel> => table(told, query, SearchTableType.Spans);

/** One trace as a waterfall; `id` is 32 hexadecimal digits. */
export const waterfall = ({ title, description, width = 24 }: Told, id: string): Builder<Panel> =>
  new AnyPanelBuilder()
    .type("traces")
    .title(title)
    .description(description)
    .datasource(tempo)
    .height(18)
    .span(width)
    .targets([traced(id, SearchTableType.Traces)]);

/** Lines of a log. */
export const logs = ({ title, description, width = 24 }: Told, query: string): Builder<Panel> =>
  new LogsBuilder()
    .title(title)
    .description(description)
    .datasource(loki)
    .height(8)
    .span(width)
    .targets([new LokiQuery().datasource(loki).refId("A").expr(query).queryType("range")]);
