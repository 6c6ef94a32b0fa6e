/** What a PromQL expression names, found without its grammar: enough for the expressions that we write. */

const functions = new Set(
  "sum max min avg count count_values rate increase changes histogram_quantile vector scalar by on ignoring group_left group_right without and or unless bool".split(
    " ",
  ),
);

/** The text with the contents of strings taken out. */
const bare = (expr: string): string => expr.replaceAll(/"(?:[^"\\]|\\.)*"/g, '""');

/** Groups of labels: in braces, and behind `by`, `on` and the like. */
const labelGroups = /\{[^}]*\}|\b(?:by|on|without|ignoring|group_left|group_right)\s*\([^)]*\)/g;

export const metricsIn = (expr: string): ReadonlySet<string> => {
  const text = bare(expr)
    .replaceAll(labelGroups, " ")
    .replaceAll(/\[[^\]]*\]/g, " ");
  const words = text.match(/[a-zA-Z_:][a-zA-Z0-9_:]*/g) ?? [];
  return new Set(words.filter((word) => !functions.has(word)));
};

export const labelsIn = (expr: string): ReadonlySet<string> => {
  const groups = bare(expr).match(labelGroups) ?? [];
  return new Set(
    groups.flatMap((group) =>
      (group.replace(/^\w+\s*\(/, "(").match(/[a-zA-Z_][a-zA-Z0-9_]*/g) ?? []).filter(
        (word) => word !== "on",
      ),
    ),
  );
};

/** The metric that a series of it belongs to. */
export const familyOf = (series: string): string => series.replace(/_(bucket|sum|count)$/, "");
