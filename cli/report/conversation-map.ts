import { speakers, type Arrow, type Exchange } from "../../observability/report/sequence.ts";

const exchangesAtMost = 40;
const arrowsAtMost = 120;
const agentsAtMost = 8;

/** Who speaks to whom about what, cut to what can be drawn. */
export type ConversationMap = {
  readonly speakers: readonly string[];
  readonly exchanges: readonly Exchange[];
  /** Kinds of messages that are not drawn. */
  readonly left: number;
};

/** Agents that are too many for a place of their own share one. No agent can be called so. */
export const otherAgents = "other agents";

const fixed: ReadonlySet<string> = new Set(Object.values(speakers));

export const conversationMap = (exchanges: readonly Exchange[]): ConversationMap => {
  const said = new Map<string, number>();
  for (const { arrows } of exchanges)
    for (const { from, to, count } of arrows)
      for (const name of [from, to]) said.set(name, (said.get(name) ?? 0) + count);
  const agents = [...said.keys()].filter((name) => !fixed.has(name));
  // Where a place must be shared, those that say most keep theirs.
  const own = new Set(
    agents.length <= agentsAtMost
      ? agents
      : agents.toSorted((a, b) => (said.get(b) ?? 0) - (said.get(a) ?? 0)).slice(0, agentsAtMost - 1),
  );
  const placeOf = (name: string): string => (fixed.has(name) || own.has(name) ? name : otherAgents);

  const shown: Exchange[] = [];
  let room = arrowsAtMost;
  let left = 0;
  for (const { address, arrows } of exchanges) {
    const merged = mergedArrows(arrows, placeOf);
    const fits = shown.length < exchangesAtMost ? merged.slice(0, room) : [];
    room -= fits.length;
    left += merged.length - fits.length;
    if (fits.length > 0) shown.push({ address, arrows: fits });
  }
  const drawn = new Set(shown.flatMap(({ arrows }) => arrows.flatMap(({ from, to }) => [from, to])));
  const order = [
    speakers.person,
    speakers.workflow,
    ...agents.filter((name) => own.has(name)),
    otherAgents,
    speakers.decisions,
    speakers.scheduler,
    speakers.models,
  ];
  return { speakers: order.filter((name) => drawn.has(name)), exchanges: shown, left };
};

const mergedArrows = (arrows: readonly Arrow[], placeOf: (name: string) => string): readonly Arrow[] => {
  const merged = new Map<string, Arrow>();
  for (const { from, to, what, count } of arrows) {
    const arrow = { from: placeOf(from), to: placeOf(to), what, count };
    const key = [arrow.from, arrow.to, what].join("\n");
    const same = merged.get(key);
    if (same === undefined) merged.set(key, arrow);
    else same.count += count;
  }
  return [...merged.values()];
};
