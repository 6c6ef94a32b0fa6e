import { SwarmError } from "../../coordination/protocol/errors.ts";
import type { CommandContext } from "../context.ts";
import type { Metrics, MetricsAddress } from "../wire/metrics.ts";

export type MetricsFlags = {
  /** Serve metrics here; absent: nothing is measured. */
  readonly metricsPort?: MetricsAddress;
  /** Seconds to wait after the end for the metrics to be read once more. */
  readonly metricsLinger?: number;
};

/** Measures what `work` does, and serves it meanwhile, if the flags ask for it. Throws `BAD_USAGE`. */
export const measured = async <Result>(
  { metricsPort, metricsLinger = 0 }: MetricsFlags,
  { output, signal }: CommandContext,
  work: (metrics?: Metrics) => Promise<Result>,
): Promise<Result> => {
  if (metricsPort === undefined) {
    if (metricsLinger > 0)
      throw new SwarmError(
        "BAD_USAGE",
        "--metrics-linger waits for a reader of --metrics-port; give that, too",
      );
    return work();
  }
  const { openMetrics } = await import("../wire/metrics.ts");
  const metrics = await openMetrics({ ...metricsPort, lingers: metricsLinger > 0, warn: output.note });
  try {
    output.note(`metrics: ${metrics.url}`);
    const result = await work(metrics);
    if (metricsLinger > 0) await metrics.linger(metricsLinger * 1000, signal);
    return result;
  } finally {
    await metrics.close();
  }
};
