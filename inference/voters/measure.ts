/** One answer and the truth about it, both as positions in the list of labels. */
export type Answer = { readonly choice: number; readonly gold: number; readonly confidence: number };
export type Figures = { readonly macroF1: number; readonly accuracy: number; readonly ece: number };

const ECE_BINS = 10;

/** Macro-F1 over the labels that occur in the truth, accuracy, and the expected calibration error. */
export const measure = (answers: readonly Answer[]): Figures => {
  const labels = [...new Set(answers.map(({ gold }) => gold))];
  const scores = labels.map((label) => f1(answers, label));
  return {
    macroF1: mean(scores),
    accuracy: mean(answers.map(({ choice, gold }) => Number(choice === gold))),
    ece: calibrationError(answers),
  };
};

const f1 = (answers: readonly Answer[], label: number): number => {
  const hits = answers.filter(({ choice, gold }) => choice === label && gold === label).length;
  const said = answers.filter(({ choice }) => choice === label).length;
  const meant = answers.filter(({ gold }) => gold === label).length;
  return said + meant === 0 ? 0 : (2 * hits) / (said + meant);
};

const calibrationError = (answers: readonly Answer[]): number => {
  const gaps = Array.from({ length: ECE_BINS }, () => 0);
  for (const { choice, gold, confidence } of answers) {
    const bin = Math.min(ECE_BINS - 1, Math.floor(confidence * ECE_BINS));
    gaps[bin] = (gaps[bin] ?? 0) + confidence - Number(choice === gold);
  }
  return gaps.reduce((sum, gap) => sum + Math.abs(gap), 0) / Math.max(1, answers.length);
};

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
