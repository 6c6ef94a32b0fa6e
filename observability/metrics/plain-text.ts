/**
 * OpenMetrics in the older text format of Prometheus: counters are named with their `_total` where they are described,
 * exemplars and the end mark are left out. prom-client can write either, but renames its counters for good as it does.
 */
export const plainText = (openMetrics: string): string => {
  const lines = openMetrics.split("\n");
  const counters = new Set(
    lines.flatMap((line) => {
      const name = /^# TYPE (\S+) counter$/.exec(line)?.[1];
      return name === undefined ? [] : [name];
    }),
  );
  return lines
    .filter((line) => line !== "# EOF")
    .map((line) => {
      const [, start = "", name = "", rest = ""] = /^(# (?:HELP|TYPE) )(\S+)( .*)$/.exec(line) ?? [];
      if (counters.has(name)) return `${start}${name}_total${rest}`;
      return line.replace(/ # \{trace_id="[0-9a-f]*"\} \S+ \S+$/, "");
    })
    .join("\n");
};
