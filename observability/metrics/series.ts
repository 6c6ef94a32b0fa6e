import { boundedNames } from "./bounded-names.ts";
import type { LabelValues, Metric } from "./metric.ts";

export type Labels = Readonly<Record<string, string>>;

/** How many combinations of labels are known by their own texts; names beyond the bound of a label could make up any number. */
const textsAtMost = 1024;

/**
 * One `Series` for each combination of the labels of a metric, made when it is asked for first. Names that tasks make up are
 * bounded. Asked for ten thousand times a second, so the labels as given are looked up before anything is done with them.
 */
export const seriesOf = <Series>(metric: Metric, open: (labels: Labels) => Series) => {
  const bounded = boundedLabels(metric);
  const byText = new Map<string, Series>();
  const all = new Map<string, Series>();
  const [firstName = "", ...otherNames] = Object.keys(metric.labels);
  const textOf = (labels: Labels): string => {
    let text = labels[firstName] ?? "";
    for (const name of otherNames) text += `\u0000${labels[name] ?? ""}`;
    return text;
  };
  const find = (labels: Labels, text: string): Series => {
    const kept = bounded(labels);
    const key = textOf(kept);
    const series = all.get(key) ?? open(kept);
    all.set(key, series);
    if (byText.size >= textsAtMost) byText.clear();
    byText.set(text, series);
    return series;
  };
  return {
    of: (labels: Labels): Series => {
      const text = textOf(labels);
      return byText.get(text) ?? find(labels, text);
    },
    all: (): Iterable<Series> => all.values(),
  };
};

/** Every combination of the values that labels can have; none where one of them is a name. */
export const closedLabels = ({ labels }: Metric): readonly Labels[] =>
  Object.entries<LabelValues>(labels).reduce<readonly Labels[]>(
    (combinations, [label, values]) =>
      values === "named"
        ? []
        : combinations.flatMap((combination) => values.map((value) => ({ ...combination, [label]: value }))),
    [{}],
  );

export const boundedLabels = ({ labels }: Metric): ((labels: Labels) => Labels) => {
  const named = Object.entries<LabelValues>(labels).flatMap(([label, values]) =>
    values === "named" ? [[label, boundedNames()] as const] : [],
  );
  if (named.length === 0) return (values) => values;
  return (values) => {
    const bounded: Record<string, string> = { ...values };
    for (const [label, keep] of named) bounded[label] = keep(bounded[label] ?? "");
    return bounded;
  };
};
