/** What one agent answered. `distribution`: its chance for each option, in their order. */
export type RecordedVote = {
  readonly option: string;
  readonly confidencePpm: number | null;
  readonly distribution?: readonly number[];
};

/** A question that was answered once, with the right answer. Agents that are missing abstained. */
export type RecordedQuestion = {
  readonly id: string;
  readonly domain: string;
  readonly options: readonly string[];
  readonly gold: string;
  readonly votes: Readonly<Record<string, RecordedVote>>;
};

/** Questions made from one source share a cluster: they are no independent evidence. */
export const clusterOf = ({ id }: RecordedQuestion): string => id.replace(/_[rh]$/, "");

/** Every agent that answered anything, by name. */
export const agentsIn = (questions: readonly RecordedQuestion[]): readonly string[] =>
  [...new Set(questions.flatMap(({ votes }) => Object.keys(votes)))].toSorted();

export const voteOf = ({ votes }: RecordedQuestion, agent: string): RecordedVote | undefined =>
  Object.hasOwn(votes, agent) ? votes[agent] : undefined;
