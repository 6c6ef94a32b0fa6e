/** Inner edges of the seven bins of confidence in which the prior counts. */
export const CONFIDENCE_EDGES = [0.5, 0.65, 0.75, 0.85, 0.925, 0.975] as const;

/** The bin of a confidence, 0 for the least. */
export const confidenceBin = (confidence: number): number =>
  CONFIDENCE_EDGES.filter((edge) => confidence >= edge).length;
