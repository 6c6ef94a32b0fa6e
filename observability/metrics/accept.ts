type Range = { readonly type: string; readonly weight: number };

const rangesIn = (accept: string): readonly Range[] =>
  accept.split(",").map((range) => {
    const [type = "", ...parameters] = range.split(";").map((part) => part.trim().toLowerCase());
    const weight = parameters.find((parameter) => parameter.startsWith("q="))?.slice("q=".length);
    // A weight that is no number is left out of account.
    return { type, weight: weight === undefined || Number.isNaN(Number(weight)) ? 1 : Number(weight) };
  });

/** How much a reader wants a type, from 0 to 1: the range that fits most closely has the say. */
const weightOf = (type: string, ranges: readonly Range[]): number => {
  const [group] = type.split("/");
  for (const fitting of [type, `${group}/*`, "*/*"]) {
    const range = ranges.find((each) => each.type === fitting);
    if (range !== undefined) return range.weight;
  }
  return 0;
};

/** Whether a reader wants plain text more than OpenMetrics, as HTTP's `Accept` says it. */
export const prefersPlain = (accept: string): boolean => {
  const ranges = rangesIn(accept);
  return weightOf("text/plain", ranges) > weightOf("application/openmetrics-text", ranges);
};
