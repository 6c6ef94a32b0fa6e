import type { StepKind } from "../../../cli/task/step-kinds.ts";
import type { Dice } from "./dice.ts";
import { agentExpression, condition, overList, template, type Known, type Place } from "./random-words.ts";
import { optionLists, rules } from "./words.ts";

/** Throws steps for a team. */
export type StepDice = Dice & {
  readonly agents: readonly string[];
  readonly mayRace: boolean;
  /** A name that no step has. */
  readonly nextId: () => string;
};

type Made = { readonly step: object; readonly known: readonly Known[] };

/** Steps one after the other, and what is known after them. */
export const randomSteps = (
  dice: StepDice,
  place: Place,
  count: number,
): { readonly steps: readonly object[]; readonly known: readonly Known[] } => {
  let { known } = place;
  const steps = dice.list(count, () => {
    const made = randomStep(dice, { ...place, known });
    known = [...known, ...made.known];
    return made.step;
  });
  return { steps, known };
};

const kinds: readonly StepKind[] = ["ask", "decide", "ask", "decide", "decide", "map", "parallel", "group"];

const randomStep = (dice: StepDice, place: Place): Made => {
  const { below, list, maybe, pick } = dice;
  const id = dice.nextId();
  const kind = pick<StepKind>(place.depth >= 3 ? ["ask", "decide"] : kinds);
  const head = { id, if: maybe(6, () => condition(dice, place)) };
  const known = [{ id, kind }];
  const inner = { ...place, depth: place.depth + 1 };
  switch (kind) {
    case "ask":
      return { step: { ...head, ...ask(dice, place) }, known };
    case "decide":
      return { step: { ...head, priority: maybe(8, () => 5), decide: decide(dice, place) }, known };
    case "parallel": {
      const branches = list(1 + below(3), () => randomStep(dice, inner));
      return {
        step: { ...head, parallel: branches.map(({ step }) => step) },
        known: [...known, ...branches.flatMap((branch) => branch.known)],
      };
    }
    case "map": {
      const item = { ...inner, variables: [...place.variables, `of_${id}`] };
      const map = {
        over: overList(dice, place),
        as: `of_${id}`,
        concurrency: maybe(3, () => 1 + below(4)),
        do: randomSteps(dice, item, 1 + below(2)).steps,
      };
      return { step: { ...head, map }, known };
    }
    default:
      return { step: { ...head, group: group(dice, place, `of_${id}`) }, known };
  }
};

const ask = (dice: StepDice, place: Place) => {
  const { agents, below, maybe, mayRace, oneIn, pick } = dice;
  return {
    ask: oneIn(8) ? agentExpression(dice, place, agents) : pick(agents),
    prompt: template(dice, place),
    options: maybe(2, () => pick(optionLists)),
    priority: maybe(6, () => below(201) - 100),
    deadline: maybe(10, () => (mayRace ? "1ms" : "5m")),
  };
};

const group = (dice: StepDice, place: Place, as: string) => {
  const { below, maybe, pick } = dice;
  return {
    over: overList(dice, place),
    as,
    where: maybe(3, () => condition(dice, { ...place, variables: [...place.variables, as] })),
    by: `\${{ ${pick([as, `text(${as})`, `${as}.voter`, "1"])} }}`,
    order: maybe(3, () => [
      pick<unknown>(["${{ group.count }}", { by: "${{ group.key }}", direction: "desc" }]),
    ]),
    take: maybe(3, () => 1 + below(3)),
  };
};

const decide = (dice: StepDice, place: Place) => {
  const { agents, below, maybe, mayRace, oneIn, pick, some } = dice;
  const rule = pick(rules);
  const isJudged = rule === "judge";
  const options = rule === "median" ? ["1", "2", "3.5"] : pick(optionLists);
  const escalate = isJudged
    ? undefined
    : pick([undefined, undefined, "judge", "human", oneIn(3) ? "fail" : undefined]);
  const judge = isJudged || escalate === "judge" ? pick(agents) : undefined;
  const voters = some(
    agents.filter((name) => name !== judge),
    1,
  );
  const most = Math.floor(voters.length / 2) + 1;
  return {
    question: template(dice, place),
    options,
    voters,
    evidence: maybe(2, () => template(dice, place)),
    domain: maybe(4, () => pick(["sec", "${{ inputs.text }}"])),
    rule,
    tier: pick([undefined, "routine", "standard", "critical"]),
    threshold: rule === "unanimity" ? undefined : maybe(4, () => pick([0.51, 0.67, 1, 0.9])),
    quorum: isJudged ? undefined : maybe(4, () => most + below(voters.length - most + 1)),
    deadline: maybe(8, () => (mayRace ? pick(["1ms", "15ms", "1m"]) : "10m")),
    rounds: isJudged ? undefined : maybe(3, () => below(3)),
    reasons: maybe(3, () => oneIn(2)),
    escalate,
    judge,
    truth: maybe(2, () => truth(dice, options)),
  };
};

const truth = ({ pick }: StepDice, options: readonly string[]): unknown =>
  pick<unknown>([
    pick(options),
    "${{ inputs.text }}",
    "${{ inputs.gold }}",
    {
      command: [pick(["true", "false", "/absent/program"])],
      passed: pick(options),
      failed: pick(options),
      timeout: "1m",
    },
  ]);
