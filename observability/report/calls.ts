import { names } from "../attributes.ts";
import type { AttributeValue, Span } from "../span.ts";

/** One call of a model. Times in microseconds since 1970. */
export type Call = {
  readonly model: string;
  readonly startUs: number;
  readonly endUs: number;
  readonly failed: boolean;
  /** Nothing says how it ended: it ends with the record, or with a run that no longer waited for it. */
  readonly unfinished: boolean;
  /** From the start; absent where the engine cannot tell. */
  readonly firstChunkSeconds: number | undefined;
};

/** The time in which a request waited for its turn. */
export type Wait = { readonly model: string; readonly startUs: number; readonly endUs: number };

export const callOf = ({ unit, attributes, startUs, endUs, status }: Span): Call | undefined =>
  unit === "inference"
    ? {
        model: String(attributes[names.genAiRequestModel] ?? ""),
        startUs,
        endUs,
        failed: status.type === "error",
        unfinished: attributes[names.unfinished] === true,
        firstChunkSeconds: numeric(attributes[names.genAiTimeToFirstChunk]),
      }
    : undefined;

export const waitOf = ({ unit, attributes, startUs, endUs }: Span): Wait | undefined =>
  unit === "lease.wait" ? { model: String(attributes[names.leaseModel] ?? ""), startUs, endUs } : undefined;

const numeric = (value: AttributeValue | undefined): number | undefined =>
  typeof value === "number" ? value : undefined;

/** How many of the stretches go on in each of so many equal parts of a time, on average. One of a `weight` counts as so many. */
export const busyIn = (
  stretches: Iterable<{ readonly startUs: number; readonly endUs: number; readonly weight?: number }>,
  { startUs, endUs }: { readonly startUs: number; readonly endUs: number },
  parts: number,
): readonly number[] => {
  const part = (endUs - startUs) / parts || 1;
  const busy = Array.from({ length: parts }, () => 0);
  for (const { weight = 1, ...stretch } of stretches) {
    const from = Math.max(0, (stretch.startUs - startUs) / part);
    const until = Math.min(parts, (stretch.endUs - startUs) / part);
    for (let at = Math.floor(from); at < until; at += 1)
      busy[at] = (busy[at] ?? 0) + weight * (Math.min(until, at + 1) - Math.max(from, at));
  }
  return busy;
};
