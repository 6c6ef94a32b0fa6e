import { shuffled } from "./chance.ts";
import type { Chance } from "./chance.ts";
import type { RecordedQuestion } from "./recorded.ts";

/**
 * Right answers dealt out anew among questions of one domain with the same options. Who learns trust from these has nothing
 * to learn from, so whatever a rule still gains does not come from trust.
 */
export const falsified = (questions: readonly RecordedQuestion[], chance: Chance): readonly string[] => {
  const alike = new Map<string, number[]>();
  for (const [at, { domain, options }] of questions.entries()) {
    const kind = JSON.stringify([domain, options]);
    const places = alike.get(kind);
    if (places === undefined) alike.set(kind, [at]);
    else places.push(at);
  }
  const golds = questions.map(({ gold }) => gold);
  for (const places of alike.values()) {
    const dealt = shuffled(
      places.map((at) => questions[at]?.gold ?? ""),
      chance,
    );
    for (const [nth, at] of places.entries()) golds[at] = dealt[nth] ?? "";
  }
  return golds;
};
