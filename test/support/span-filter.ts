import type { Span } from "../../observability/span.ts";

type Told = Pick<Span, "attributes" | "status" | "startUs" | "endUs">;

const unitUs: Readonly<Record<string, number>> = { ms: 1e3, s: 1e6 };

/** One condition of a filter; as in Tempo, an attribute that a span lacks is neither equal nor unequal to anything. */
const holds = (condition: string, { attributes, status, startUs, endUs }: Told): boolean => {
  const [, attribute = "", sign, wanted = ""] = /^span\.([\w.]+) (=|!=) "([^"]*)"$/.exec(condition) ?? [];
  if (sign !== undefined) {
    const value = attributes[attribute];
    return value !== undefined && (value === wanted) === (sign === "=");
  }
  const [, least, unit = ""] = /^duration > (\d+)(m?s)$/.exec(condition) ?? [];
  if (least !== undefined) return endUs - startUs > Number(least) * (unitUs[unit] ?? 0);
  if (condition === "status = error") return status.type === "error";
  if (condition === 'trace:id = "${traceId}"') return true;
  throw new Error(`a condition that this cannot evaluate: ${condition}`);
};

/** Whether the filter of a TraceQL query of the dashboards takes a span; of one trace, whatever its id. */
export const matches = (query: string, span: Told): boolean => {
  const filter = /^\{ (.*?) \}/.exec(query)?.[1];
  if (filter === undefined) throw new Error(`no filter in ${query}`);
  return filter.split(" || ").some((part) => part.split(" && ").every((condition) => holds(condition, span)));
};
