import type { Json } from "../../coordination/protocol/json.ts";
import type { Scope } from "./expression/evaluate.ts";
import { describeValue, isList } from "./expression/values.ts";
import type { GroupStep, MapStep } from "./plan.ts";
import type { Renderer } from "./scope.ts";
import { StepError } from "./steps.ts";

/** What a step goes over. What is not there, for instance after a skipped step, is an empty list; throws `StepError` for all else. */
export const listOf = (
  { type, over }: MapStep | GroupStep,
  path: string,
  scope: Scope,
  render: Renderer,
): readonly Json[] => {
  const list = render.value(over, scope) ?? [];
  if (isList(list)) return list;
  throw new StepError(`step ${path}: a ${type} goes over a list, and ${describeValue(list)} is no list`);
};
