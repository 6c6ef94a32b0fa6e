import type { Dice } from "./dice.ts";
import { confidences, optionLists, texts } from "./words.ts";

export type Team = {
  readonly names: readonly string[];
  readonly models: object;
  readonly agents: object;
};

/** Scripted models that may say anything, or nothing at all, and agents who ask them. */
export const randomTeam = (dice: Dice, mayRace: boolean): Team => {
  const models = ["m", "n", "o"].slice(0, 1 + dice.below(3));
  const names = ["ann", "bob", "cid", "dan", "eve"].slice(0, 2 + dice.below(4));
  return {
    names,
    models: Object.fromEntries(models.map((name) => [name, model(dice, models, names)])),
    agents: Object.fromEntries(names.map((name) => [name, agent(dice, name, models, mayRace)])),
  };
};

const model = (dice: Dice, models: readonly string[], agents: readonly string[]) => {
  const { below, list, maybe, oneIn, pick, some } = dice;
  const said = () => ({
    text: pick([...list(3, () => pick(optionLists)).flat(), "perhaps", pick(texts)]),
    confidence: pick(confidences),
  });
  const replies = list(1 + below(5), () => ({
    when: maybe(3, () => pick(["alpha", "7", "yes", "one", "tie", "?"])),
    agent: maybe(3, () => pick(agents)),
    ...said(),
  }));
  return {
    provider: "scripted",
    replies: oneIn(3) ? replies : [...replies, said()],
    fallback: maybe(4, () => some(models, 1)),
  };
};

const agent = (
  { below, maybe, oneIn, pick, some }: Dice,
  name: string,
  models: readonly string[],
  mayRace: boolean,
) => ({
  role: oneIn(4) ? pick(texts) : `role of ${name}`,
  model: oneIn(3) ? some(models, 1) : pick(models),
  instructions: maybe(5, () => pick(texts)),
  domain: maybe(4, () => pick(["sec", "<i>", ""])),
  maxWeight: maybe(6, () => pick([0.2, 0.5, 1])),
  maxTokens: maybe(4, () => pick([1, 2, 16, 4096])),
  attempts: maybe(3, () => 1 + below(4)),
  share: maybe(6, () => pick([0.01, 2, 100])),
  recall: maybe(5, () => pick([16, 200])),
  priority: maybe(6, () => below(201) - 100),
  deadline: maybe(8, () => (mayRace ? pick(["1ms", "20ms", "1m"]) : "5m")),
});
