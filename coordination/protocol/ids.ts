declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

/** One run of a task, for instance `20261121-095512-k3f9`. Letters, digits and `-` only. */
export type RunId = Branded<"RunId">;

/** An actor within a run: `workflow`, `scheduler`, `decisions`, `agent/NAME/STEP[ITEM]`. */
export type ActorId = Branded<"ActorId">;

/**
 * The identity of one effect, and of the message that it brings about. It is derived from the actor, its turn and the
 * effect's place in that turn only, so it is the same after a resume.
 */
export type EnvelopeId = Branded<"EnvelopeId">;

export const runId = (text: string): RunId => text as RunId;
export const actorId = (text: string): ActorId => text as ActorId;

export const workflowActor = actorId("workflow");
export const schedulerActor = actorId("scheduler");
export const decisionsActor = actorId("decisions");

/** The host itself: the origin of the first message of a run. It takes no turns. */
export const hostActor = actorId("host");

/** The instance of an agent that works on one step (or one item of a `map`). */
export const agentActor = (agent: string, step: string): ActorId => actorId(`agent/${agent}/${step}`);

/** The agent's name in an instance's id, or `undefined` if the actor is no agent. */
export const agentName = (actor: ActorId): string | undefined =>
  actor.startsWith(agentPrefix) ? actor.slice(agentPrefix.length, endOfName(actor)) : undefined;

const agentPrefix = "agent/";
const endOfName = (actor: ActorId): number | undefined => {
  const end = actor.indexOf("/", agentPrefix.length);
  return end === -1 ? undefined : end;
};

/** `ACTOR#SEQ.INDEX`: effect number `index` of the actor's turn number `seq` (both from 0). */
export const effectId = (actor: ActorId, seq: number, index: number): EnvelopeId =>
  `${actor}#${seq}.${index}` as EnvelopeId;

/** The id of the notice that the message `id` could not be delivered or handled. */
export const failureId = (id: EnvelopeId): EnvelopeId => `${id}!` as EnvelopeId;

/** What a notice of failure is about; `undefined` for any other id. */
export const failedId = (id: EnvelopeId): EnvelopeId | undefined =>
  id.endsWith("!") ? (id.slice(0, -1) as EnvelopeId) : undefined;

/** The id of the notice that try number `attempt` (from 1) of the call `id` has failed. */
export const attemptId = (id: EnvelopeId, attempt: number): EnvelopeId => `${id}~${attempt}` as EnvelopeId;

/** The call that a notice of a failed try is about; any other id itself. */
export const callOf = (id: EnvelopeId): EnvelopeId => id.replace(/~\d+$/, "") as EnvelopeId;

/** The actor whose effect an id names. */
export const originOf = (id: EnvelopeId): ActorId => actorId(id.slice(0, id.lastIndexOf("#")));

/** For decoders only: text that was an id when it was written. */
export const envelopeId = (text: string): EnvelopeId => text as EnvelopeId;
