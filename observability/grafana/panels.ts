import type { Builder } from "@grafana/grafana-foundation-sdk/cog";
import {
  GraphDrawStyle,
  GraphThresholdsStyleConfigBuilder,
  GraphThresholdsStyleMode,
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  StackingConfigBuilder,
  StackingMode,
  TooltipDisplayMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from "@grafana/grafana-foundation-sdk/common";
import {
  MappingType,
  ThresholdsConfigBuilder,
  ThresholdsMode,
  type Panel,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { PanelBuilder as HeatmapBuilder } from "@grafana/grafana-foundation-sdk/heatmap";
import { PanelBuilder as StatBuilder } from "@grafana/grafana-foundation-sdk/stat";
import { PanelBuilder as TimelineBuilder } from "@grafana/grafana-foundation-sdk/statetimeline";
import { PanelBuilder as TimeSeriesBuilder } from "@grafana/grafana-foundation-sdk/timeseries";
import { drawn, looked, prometheus, type Query } from "./queries.ts";

/** A panel; its description says what is good and what is bad. Colours change at `limits`, from green upwards. */
export type Told = {
  readonly title: string;
  readonly description: string;
  readonly unit: string;
  readonly limits?: readonly Limit[];
  /** Of the 24 columns of a dashboard. */
  readonly width?: number;
};

/** `below`: bad is what is less. */
export type Limit = { readonly at: number; readonly colour: "green" | "yellow" | "red" };

const height = 8;

const thresholds = (limits: readonly Limit[], first: string): ThresholdsConfigBuilder =>
  new ThresholdsConfigBuilder()
    .mode(ThresholdsMode.Absolute)
    .steps([
      { value: null, color: first },
      ...limits.map(({ at, colour }) => ({ value: at, color: colour })),
    ]);

// Where the first limit is an improvement, what lies below it is bad.
const firstColour = (limits: readonly Limit[]): string =>
  limits.some(({ colour }) => colour === "green") ? "red" : "green";

const legend = (): VizLegendOptionsBuilder =>
  new VizLegendOptionsBuilder()
    .displayMode(LegendDisplayMode.Table)
    .placement(LegendPlacement.Bottom)
    .showLegend(true)
    .calcs(["lastNotNull", "max"]);

const tooltip = (): VizTooltipOptionsBuilder => new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi);

/** Lines over time. */
export const graph = (
  { title, description, unit, limits = [], width = 12 }: Told,
  queries: readonly Query[],
  style: { readonly stacked?: boolean; readonly max?: number } = {},
): Builder<Panel> => {
  const panel = new TimeSeriesBuilder()
    .title(title)
    .description(description)
    .datasource(prometheus)
    .unit(unit)
    .min(0)
    .thresholds(thresholds(limits, firstColour(limits)))
    .drawStyle(GraphDrawStyle.Line)
    .fillOpacity(style.stacked === true ? 30 : 8)
    .lineWidth(1)
    .spanNulls(false)
    .legend(legend())
    .tooltip(tooltip())
    .height(height)
    .span(width)
    .targets(queries.map(drawn));
  if (style.max !== undefined) panel.max(style.max);
  if (style.stacked === true)
    panel.stacking(new StackingConfigBuilder().mode(StackingMode.Normal).group("A"));
  if (limits.length > 0)
    panel.thresholdsStyle(new GraphThresholdsStyleConfigBuilder().mode(GraphThresholdsStyleMode.Dashed));
  return panel;
};

/** One number over the time range. */
export const number = (
  { title, description, unit, limits = [], width = 4 }: Told,
  query: Query,
): Builder<Panel> =>
  new StatBuilder()
    .title(title)
    .description(description)
    .datasource(prometheus)
    .unit(unit)
    .thresholds(thresholds(limits, firstColour(limits)))
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(["lastNotNull"]))
    .height(4)
    .span(width)
    .targets([looked(query)]);

/** How a histogram is spread, over time. */
export const heatmap = ({ title, description, unit, width = 12 }: Told, bucketRate: string): Builder<Panel> =>
  new HeatmapBuilder()
    .title(title)
    .description(description)
    .datasource(prometheus)
    .calculate(false)
    .unit("short")
    .yAxis({ build: () => ({ unit, reverse: false }) })
    .height(height)
    .span(width)
    .targets([drawn({ expr: bucketRate, legend: "{{le}}", isHeatmap: true })]);

/** States side by side over time; each value has a word and a colour. */
export const timeline = (
  { title, description, width = 12 }: Omit<Told, "unit" | "limits">,
  query: Query,
  words: Readonly<Record<string, { readonly text: string; readonly color: string }>>,
): Builder<Panel> =>
  new TimelineBuilder()
    .title(title)
    .description(description)
    .datasource(prometheus)
    .unit("short")
    .mappings([{ type: MappingType.ValueToText, options: { ...words } }])
    .mergeValues(true)
    .height(height)
    .span(width)
    .targets([drawn(query)]);
