/** What the weight of one ballot is made of. All between 0 and 1 but the number of options. */
export type WeightParts = {
  /** How often the agent is right when it is this sure. */
  readonly calibrated: number;
  /** How often it is right when it votes for this option, whatever its confidence. */
  readonly precision: number;
  /** Its ability in the domain, and how far that is behind the best of the electorate. */
  readonly ability: number;
  readonly gap: number;
  /** How much of such gaps is more than chance. */
  readonly spread: number;
  readonly trust: number;
  /** K, at least 2. */
  readonly options: number;
};
