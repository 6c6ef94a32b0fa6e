/** The values that a label can have: all of them, or names that tasks and programs make up, of which some are kept. */
export type LabelValues = readonly string[] | "named";

type Labels = Readonly<Record<string, LabelValues>>;

type Described = {
  readonly help: string;
  readonly labels: Labels;
  /** What it is read from. */
  readonly source: "rows" | "diagnostics" | "process";
};

export type Metric = Described &
  (
    | { readonly type: "counter" | "gauge" }
    | {
        readonly type: "histogram";
        /** Upper bounds of the buckets. */
        readonly buckets: readonly number[];
        /** Whether an observation carries the trace id of its run. */
        readonly exemplars: boolean;
      }
  );

/** Upper bounds of buckets. */
export const seconds = {
  /** Commits and messages within a machine. */
  brief: [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
  /** Calls of a model. */
  call: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300],
  /** Steps and whole runs. */
  long: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600, 14_400],
} as const;
