import { agentName, decisionsActor, schedulerActor, workflowActor } from "../../coordination/protocol/ids.ts";
import type { ActorId } from "../../coordination/protocol/ids.ts";
import type { Message } from "../../coordination/protocol/message.ts";
import type { Row, TurnRow } from "../../coordination/protocol/row.ts";
import { addressOf } from "../spans/plan.ts";

/** Messages of one kind from one to another about one step; the items of a map are one step. */
export type Arrow = {
  readonly from: string;
  readonly to: string;
  /** The type of the message. */
  readonly what: string;
  count: number;
};

/** What was said about one step, in the order in which each kind came up first. `""`: about the run as a whole. */
export type Exchange = { readonly address: string; readonly arrows: readonly Arrow[] };

/** Who speaks: agents by their names, and these. */
export const speakers = {
  person: "person",
  workflow: String(workflowActor),
  scheduler: String(schedulerActor),
  decisions: String(decisionsActor),
  models: "models",
} as const;

/** Who said what to whom, gathered by kind while the rows of a run are read. Its memory is that of the kinds. */
export const sequenceReader = () => {
  const exchanges = new Map<string, Map<string, Arrow>>();
  const asked = new Map<string, string>();

  const say = (from: string, to: string, what: string, path: string): void => {
    const address = addressOf(path);
    const arrows = exchanges.get(address) ?? new Map<string, Arrow>();
    exchanges.set(address, arrows);
    const key = [from, to, what].join("\n");
    const arrow = arrows.get(key);
    if (arrow === undefined) arrows.set(key, { from, to, what, count: 1 });
    else arrow.count += 1;
  };

  const pathOf = (actor: ActorId, to: ActorId, body: Message): string =>
    stepOf(body) ?? stepIn(actor) ?? stepIn(to) ?? "";

  const turn = (row: TurnRow): void => {
    const { actor, input } = row;
    const me = nameOf(actor);
    if (
      actor === schedulerActor &&
      (input.type === "inference.completed" || input.type === "inference.failed")
    ) {
      say(speakers.models, me, input.type, asked.get(input.request) ?? "");
      asked.delete(input.request);
    }
    if (input.type === "person.ruled") say(speakers.person, me, input.type, input.decision);
    if ("failed" in row) return say(me, me, "failed", stepIn(actor) ?? stepOf(input) ?? "");
    for (const effect of row.effects) {
      if (effect.type === "send")
        say(me, nameOf(effect.to), effect.body.type, pathOf(actor, effect.to, effect.body));
      if (effect.type === "propose") say(me, speakers.decisions, effect.entry.type, effect.entry.decision);
      if (effect.type === "suspend")
        for (const decision of effect.decisions) say(me, speakers.person, "waits", decision);
      if (effect.type === "generate") {
        // `AGENT:CALL`: the request is named by who asks.
        const path = stepIn(effect.request.slice(0, effect.request.lastIndexOf(":"))) ?? "";
        asked.set(effect.request, path);
        say(me, speakers.models, effect.type, path);
      }
    }
  };

  return {
    read: (row: Row): void => {
      if (row.type === "turn") turn(row);
    },
    take: (): readonly Exchange[] =>
      [...exchanges].map(([address, arrows]) => ({ address, arrows: [...arrows.values()] })),
  };
};

const nameOf = (actor: ActorId): string => agentName(actor) ?? actor;

/** `agent/NAME/STEP` works on the step. */
const stepIn = (actor: string): string | undefined =>
  actor.startsWith("agent/") ? actor.split("/").slice(2).join("/") : undefined;

const stepOf = (body: Message): string | undefined => {
  if ("step" in body) return body.step;
  if ("decision" in body) return body.decision;
  return body.type === "decision.settled" ? body.outcome.decision : undefined;
};
