import { resultKeys } from "../../../cli/task/check/names.ts";
import type { StepKind } from "../../../cli/task/step-kinds.ts";
import type { Dice } from "./dice.ts";
import { texts } from "./words.ts";

/** A step whose result is there. */
export type Known = { readonly id: string; readonly kind: StepKind };

/** Where in a task something stands, and what expressions see there. */
export type Place = {
  readonly known: readonly Known[];
  readonly variables: readonly string[];
  readonly depth: number;
};

/** An expression that can be read; what it gives only the run can tell. */
const expression = ({ oneIn, pick }: Dice, { known, variables }: Place): string => {
  if (known.length === 0 || oneIn(3))
    return pick([
      ...variables,
      "inputs.text",
      "inputs.list",
      "inputs.absent",
      "1 + 2",
      "'x'",
      "[1, 'two', null]",
    ]);
  const { id, kind } = pick(known);
  return `steps.${id}.${pick(resultKeys[kind])}`;
};

/** Words, or words with an expression in them, or a value of any type. */
export const template = (dice: Dice, place: Place): string => {
  const { oneIn, pick } = dice;
  if (oneIn(4)) return pick(texts);
  const value = expression(dice, place);
  const said = pick([value, `json(${value})`, `default(${value}, 'nothing')`, `clip(text(${value}), 5)`]);
  return oneIn(2) ? `\${{ ${said} }}` : `${pick(texts)} \${{ ${said} }} ${pick(texts)}`;
};

export const agentExpression = (dice: Dice, place: Place, agents: readonly string[]): string =>
  `\${{ ${dice.oneIn(3) ? expression(dice, place) : `'${dice.pick(agents)}'`} }}`;

export const condition = (dice: Dice, place: Place): string => {
  const value = expression(dice, place);
  return `\${{ ${dice.pick([value, `!${value}`, `${value} == ${expression(dice, place)}`, `len(text(${value})) > 3`])} }}`;
};

/** What a step goes over: a list, or now and then none. */
export const overList = ({ below, list, oneIn, pick }: Dice, { known }: Place): unknown => {
  const earlier = known.flatMap(({ id, kind }) => {
    if (kind === "map") return [`steps.${id}.items`, `steps.${id}.output`];
    return kind === "decide" ? [`steps.${id}.ballots`] : [];
  });
  if (earlier.length > 0 && oneIn(2)) return `\${{ ${pick(earlier)} }}`;
  return pick<unknown>([
    ["one", "two 7", "three"],
    [1, 2],
    ["alpha"],
    [],
    [null, true, 2.5, "<x>"],
    list(3 + below(12), (at) => `i${at}`),
    "${{ inputs.list }}",
    "${{ inputs.absent }}",
    "${{ split(inputs.text) }}",
    // Nothing before the run can tell that this is no list.
    oneIn(3) ? "${{ default(inputs.absent, 'x') }}" : ["z"],
  ]);
};
