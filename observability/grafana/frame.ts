import type { Builder } from "@grafana/grafana-foundation-sdk/cog";
import {
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  RowBuilder,
  VariableRefresh,
  type Dashboard,
  type Panel,
  type VariableModel,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { prometheus } from "./queries.ts";

export type Section = { readonly title: string; readonly panels: readonly Builder<Panel>[] };

export type Frame = {
  /** Stays the same for ever: links and bookmarks hold on to it. */
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly sections: readonly Section[];
  /** Besides the data sources and, with metrics, the instances. */
  readonly variables?: readonly Builder<VariableModel>[];
  readonly hasMetrics: boolean;
};

const tag = "swarm";

const source = (type: string, label: string): DatasourceVariableBuilder =>
  new DatasourceVariableBuilder(type).label(label).type(type).current({
    selected: true,
    text: label,
    value: type,
  });

/** The processes that are shown; all, unless chosen. */
const instance = (): QueryVariableBuilder =>
  new QueryVariableBuilder("instance")
    .label("Instance")
    .datasource(prometheus)
    .query("label_values(swarm_build_info, instance)")
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .multi(true)
    .includeAll(true)
    .allValue(".*")
    .current({ selected: true, text: ["All"], value: ["$__all"] });

/** What all our dashboards have in common. */
export const framed = ({
  uid,
  title,
  description,
  sections,
  variables = [],
  hasMetrics,
}: Frame): Dashboard => {
  const builder = new DashboardBuilder(title)
    .uid(uid)
    .description(description)
    .tags([tag])
    .timezone("browser")
    .tooltip(DashboardCursorSync.Crosshair)
    .time({ from: "now-1h", to: "now" })
    .refresh("30s")
    .editable()
    .variables([
      source("prometheus", "Prometheus"),
      source("tempo", "Tempo"),
      source("loki", "Loki"),
      ...(hasMetrics ? [instance()] : []),
      ...variables,
    ])
    .link(
      new DashboardLinkBuilder("Swarm")
        .type(DashboardLinkType.Dashboards)
        .tags([tag])
        .asDropdown(false)
        .keepTime(true)
        .includeVars(true),
    );
  for (const { title, panels } of sections) {
    builder.withRow(new RowBuilder(title));
    for (const panel of panels) builder.withPanel(panel);
  }
  const dashboard = builder.build();
  // The builder would hide them in a menu.
  for (const link of dashboard.links ?? []) delete link.placement;
  // Links to a panel name its number, so it should not depend on who loads the file.
  dashboard.panels?.forEach((panel, index) => (panel.id = index + 1));
  return dashboard;
};
