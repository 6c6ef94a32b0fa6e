import type { Cell } from "../../actors/runtime/cell.ts";
import type { Cast } from "../../actors/runtime/roster.ts";
import type { ActorId } from "../../coordination/protocol/ids.ts";
import type { Message } from "../../coordination/protocol/message.ts";
import { Random } from "./random.ts";

/**
 * Actors whose step throws on some inputs, before or after it has changed the state. Which ones follows from seed, actor
 * and input alone, for a step that fails now must fail in the same way in a replay.
 */
export const stumbling =
  (cast: Cast, seed: number, probability: number): Cast =>
  (actor) => {
    const behaviour = cast(actor);
    if (behaviour === undefined || probability === 0) return behaviour;
    return {
      spawn: (id, snapshot) => stumblingCell(behaviour.spawn(id, snapshot), id, { seed, probability }),
    };
  };

const stumblingCell = (
  cell: Cell,
  id: ActorId,
  { seed, probability }: { readonly seed: number; readonly probability: number },
): Cell => {
  let spent = false;
  const fresh = (): Cell => {
    if (spent) throw new Error(`${id} was used after its step had thrown`);
    return cell;
  };
  return {
    tell: (message) => {
      const dice = new Random(digest(`${seed} ${id} ${canonical(message)}`));
      if (!dice.chance(probability)) return fresh().tell(message);
      if (dice.chance(0.5)) fresh().tell(message);
      spent = true;
      throw new RangeError(`${id} stumbled over ${message.type}`);
    },
    snapshot: () => fresh().snapshot(),
    situation: () => cell.situation(),
  };
};

// A message that was read back from the log has its keys in another order than one that was just made.
const canonical = (message: Message): string =>
  JSON.stringify(message, (_, value: unknown) =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1)))
      : value,
  );

const digest = (text: string): number => {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash;
};
