import type { Dice } from "./dice.ts";
import { randomSteps } from "./random-steps.ts";
import { randomTeam } from "./random-team.ts";

export type Bounds = {
  /** Whether what the run comes to may hang on the clock, on a budget, or on who comes first. */
  readonly mayRace: boolean;
};

/** The text of a task file that is right by the reference, whatever its run comes to. */
export const randomTask = (dice: Dice, { mayRace }: Bounds): string => {
  const { below, maybe, oneIn, pick } = dice;
  let ids = 0;
  const team = randomTeam(dice, mayRace);
  const nextId = () => `s${(ids += 1)}`;
  const place = { known: [], variables: [], depth: 0 };
  const { steps, known } = randomSteps({ ...dice, agents: team.names, mayRace, nextId }, place, 1 + below(5));
  const task = {
    version: 1,
    name: "random",
    inputs: {
      text: { type: "text", default: pick(["yes", "alpha\nbeta 7", "<b>"]) },
      list: { type: "json", default: pick<unknown>([["p", "q"], [{ voter: "x" }, 5], []]) },
      gold: { type: "text", default: pick(["no", "1", "a"]) },
      absent: { type: "json" },
    },
    models: team.models,
    resources: maybe(3, () => ({
      scheduler: maybe(2, () => pick(["fair", "fifo", "round-robin", "keep-alive", "lru"])),
      budget: mayRace ? budget(dice) : undefined,
    })),
    coordinators: maybe(4, () => 1 + below(5)),
    agents: team.agents,
    workflow: steps,
    outputs: {
      // Where in the log a decision stands is no part of what it came to.
      ...Object.fromEntries(
        known.map(({ id, kind }) => [id, `\${{ steps.${id}.${kind === "decide" ? "winner" : "output"} }}`]),
      ),
      ...(oneIn(3) ? { page: { markdown: page } } : {}),
    },
  };
  return JSON.stringify(task, null, 1);
};

const page = "# ${{ md(inputs.text) }}\n{% for x in inputs.list %}\n- ${{ x }}\n{% endfor %}\n";

const budget = ({ maybe, pick }: Dice) => ({
  tokens: maybe(3, () => pick([1, 60, 500, 20_000])),
  turns: maybe(3, () => pick([1, 3, 9, 60])),
  wall: maybe(6, () => pick(["1ms", "30ms", "10m"])),
});
