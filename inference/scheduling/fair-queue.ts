import type { InferenceRequest, Usage } from "../../coordination/protocol/inference-messages.ts";
import { withMember } from "../../coordination/protocol/record.ts";
import { utf8Bytes } from "../budget.ts";
import { heads } from "./lane.ts";
import type { ModelState, Waiting } from "./state.ts";

// Start-time fair queueing (Goyal, Vin, Cheng: "Start-time Fair Queueing", SIGCOMM 1996): a request gets the start tag
// max(virtual time when it came, finish tag of its agent's last), and the smallest start tag goes first. The cost of a
// request is not known before it ends, so its agent is charged an estimate at first and the difference later.

/** What a token costs: one that is read can be computed beside hundreds of others, one that is written cannot. */
const PREFILL_COST = 1;
const DECODE_COST = 2;
const BYTES_PER_TOKEN = 4;
/** The head start of one step of priority, in cost. */
const PRIORITY_COST = 100;

export const costOf = ({ promptTokens, outputTokens }: Usage): number =>
  PREFILL_COST * promptTokens + DECODE_COST * outputTokens;

/** What a request will cost if it writes half of what it may. */
export const expectedCost = ({ lines, maxTokens }: InferenceRequest): number =>
  costOf({
    promptTokens: Math.ceil(
      lines.reduce((sum, { content }) => sum + utf8Bytes(content), 0) / BYTES_PER_TOKEN,
    ),
    outputTokens: Math.ceil(maxTokens / 2),
  });

const tagOf = ({ tags }: ModelState, agent: string): number =>
  Object.hasOwn(tags, agent) ? (tags[agent] ?? 0) : 0;

/** An agent that did not wait does not save up service for later. Call it before the request joins the lane. */
export const arrive = (model: ModelState, agent: string): ModelState["tags"] =>
  Object.hasOwn(model.lane.queues, agent)
    ? model.tags
    : withMember(model.tags, agent, Math.max(model.virtualTime, tagOf(model, agent)));

/** Starts a request of the agent: the virtual time goes on to its start tag, and the agent is charged. */
export const charge = (
  model: ModelState,
  agent: string,
  cost: number,
): Pick<ModelState, "virtualTime" | "tags"> => {
  const start = tagOf(model, agent);
  return {
    virtualTime: Math.max(model.virtualTime, start),
    tags: withMember(model.tags, agent, start + cost),
  };
};

/** Corrects what an agent was charged, once it is known. */
export const correct = (model: ModelState, agent: string, difference: number): ModelState["tags"] => ({
  ...model.tags,
  [agent]: tagOf(model, agent) + difference,
});

/**
 * Who goes next. A priority is a head start in virtual time, which all waiting requests of 0 catch up with as it goes on: so
 * that they age, and none starves. `mayGo`: who may be next at all; by default everyone.
 */
export const nextInTurn = (
  model: ModelState,
  mayGo: (waiting: Waiting) => boolean = () => true,
): Waiting | undefined => {
  const rank = ({ body, priority }: Waiting): number => tagOf(model, body.agent) - PRIORITY_COST * priority;
  let best: Waiting | undefined;
  for (const head of heads(model.lane).filter(mayGo)) {
    const lead = best === undefined ? -1 : rank(head) - rank(best);
    if (best === undefined || lead < 0 || (lead === 0 && head.arrival < best.arrival)) best = head;
  }
  return best;
};
