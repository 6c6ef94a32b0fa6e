import { canonical, type Json } from "../../coordination/protocol/json.ts";
import { compareAny, isTrue } from "./expression/values.ts";
import { listOf } from "./list.ts";
import type { GroupStep } from "./plan.ts";
import type { Renderer } from "./scope.ts";

type Group = { readonly key: Json; readonly items: Json[] };

/** Gathers the items of a list by a key, orders the groups and keeps the first `take`. */
export const groupResult = (
  step: GroupStep,
  path: string,
  scope: Readonly<Record<string, Json>>,
  render: Renderer,
): Json => {
  const groups = new Map<string, Group>();
  for (const [index, item] of listOf(step, path, scope, render).entries()) {
    const inner = { ...scope, [step.as]: item, index };
    if (step.where !== undefined && !isTrue(render.value(step.where, inner))) continue;
    const key = render.value(step.by, inner);
    const name = canonical(key);
    const group = groups.get(name);
    if (group === undefined) groups.set(name, { key, items: [item] });
    else group.items.push(item);
  }
  const ranked = [...groups.values()]
    .map(({ key, items }) => {
      const group: Json = {
        key,
        count: items.length,
        items,
        first: items[0] ?? null,
        last: items.at(-1) ?? null,
      };
      return { group, ranks: step.order.map(({ by }) => render.value(by, { ...scope, group })) };
    })
    .sort((a, b) => compareRanks(a.ranks, b.ranks, step.order));
  const taken = ranked.slice(0, step.take).map(({ group }, index) => ({ rank: index + 1, ...group }));
  return { output: taken, groups: taken, total: groups.size };
};

const compareRanks = (a: readonly Json[], b: readonly Json[], order: GroupStep["order"]): number => {
  for (const [place, { direction }] of order.entries()) {
    const compared = compareAny(a[place] ?? null, b[place] ?? null);
    if (compared !== 0) return direction === "desc" ? -compared : compared;
  }
  return 0;
};
