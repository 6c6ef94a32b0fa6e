import { voteOf } from "./recorded.ts";
import type { RecordedQuestion } from "./recorded.ts";

/** `from`: the first question that they lie in, counted from 0. Before it they answer as recorded. */
export type Lie = { readonly liars: readonly string[]; readonly from: number };

/**
 * The questions as a team sees them whose liars collude: they know the truth, and all vote with full confidence for the
 * wrong option that most of the honest ones fell for.
 */
export const misled = (
  questions: readonly RecordedQuestion[],
  team: readonly string[],
  { liars, from }: Lie,
): readonly RecordedQuestion[] => {
  const honest = team.filter((agent) => !liars.includes(agent));
  return questions.map((question, at) => {
    const lie = at < from ? undefined : bestLie(question, honest);
    if (lie === undefined) return question;
    const votes = liars.map((liar) => [liar, { option: lie, confidencePpm: 1_000_000 }] as const);
    return { ...question, votes: { ...question.votes, ...Object.fromEntries(votes) } };
  });
};

const bestLie = (question: RecordedQuestion, honest: readonly string[]): string | undefined => {
  const believers = (option: string) =>
    honest.filter((agent) => voteOf(question, agent)?.option === option).length;
  return question.options
    .filter((option) => option !== question.gold)
    .reduce<string | undefined>(
      (best, option) => (best === undefined || believers(option) > believers(best) ? option : best),
      undefined,
    );
};
