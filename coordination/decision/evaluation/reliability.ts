/** Mean squared distance of a confidence from what came out: 0 is clairvoyant, .25 a coin. */
export const brier = (confidences: ArrayLike<number>, outcomes: ArrayLike<number>): number => {
  let sum = 0;
  for (let at = 0; at < confidences.length; at += 1) {
    const gap = (confidences[at] ?? 0) - (outcomes[at] ?? 0);
    sum += gap * gap;
  }
  return sum / Math.max(1, confidences.length);
};

const BANDS = 10;

/** Expected calibration error in ten bands of equal width: the mean gap between confidence and how often it came true. */
export const calibrationError = (confidences: ArrayLike<number>, outcomes: ArrayLike<number>): number => {
  const gaps = new Float64Array(BANDS);
  for (let at = 0; at < confidences.length; at += 1) {
    const confidence = confidences[at] ?? 0;
    const band = Math.min(BANDS - 1, Math.floor(confidence * BANDS));
    gaps[band] = (gaps[band] ?? 0) + confidence - (outcomes[at] ?? 0);
  }
  return gaps.reduce((sum, gap) => sum + Math.abs(gap), 0) / Math.max(1, confidences.length);
};
