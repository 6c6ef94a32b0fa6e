import { chanceFrom } from "../../../../../coordination/decision/evaluation/chance.ts";
import type { RecordedQuestion } from "../../../../../coordination/decision/evaluation/recorded.ts";

/** How often each agent is right, of a hundred. All say that they are 90 % sure. */
export type Skills = Readonly<Record<string, number>>;

/** Questions with two options, answered by agents that err each by itself. Every fourth shares a source with the next. */
export const recordings = (count: number, skills: Skills, seed = 1): readonly RecordedQuestion[] => {
  const chance = chanceFrom(seed);
  return Array.from({ length: count }, (_, at): RecordedQuestion => {
    const gold = chance.below(2) === 0 ? "yes" : "no";
    const wrong = gold === "yes" ? "no" : "yes";
    return {
      id: at % 4 === 0 ? `q${at}_r` : at % 4 === 1 ? `q${at - 1}_h` : `q${at}`,
      domain: "general",
      options: ["yes", "no"],
      gold,
      votes: Object.fromEntries(
        Object.entries(skills).map(([agent, skill]) => [
          agent,
          { option: chance.below(100) < skill ? gold : wrong, confidencePpm: 900_000 },
        ]),
      ),
    };
  });
};
