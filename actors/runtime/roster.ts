import type { Envelope } from "../../coordination/protocol/envelope.ts";
import { agentName, type ActorId, type EnvelopeId } from "../../coordination/protocol/ids.ts";
import type { Json } from "../../coordination/protocol/json.ts";
import type { Behaviour, Cell } from "./cell.ts";
import { Mailbox } from "./mailbox.ts";

/** Says how an actor behaves; `undefined` for an id that means nothing in this run. */
export type Cast = (actor: ActorId) => Behaviour | undefined;

/** An actor at its host. `seq` is the number of its next turn. */
export type Hosted = {
  readonly id: ActorId;
  cell: Cell;
  readonly mailbox: Mailbox;
  seq: number;
  /** The message that brought it to life. */
  readonly assignedBy: EnvelopeId;
  /** Failed turns so far: beyond the bound the actor is not restarted. */
  failures: number;
  /** Whether it stands in the ready queue. */
  ready: boolean;
};

/** The living actors of a run. An agent instance comes to life with its assignment and never twice. */
export class Roster {
  readonly #cast: Cast;
  readonly #hosted = new Map<ActorId, Hosted>();
  readonly #retired = new Set<ActorId>();

  constructor(cast: Cast) {
    this.#cast = cast;
  }

  get(id: ActorId): Hosted | undefined {
    return this.#hosted.get(id);
  }

  /** How an actor behaves, alive or not. */
  partOf(id: ActorId): Behaviour | undefined {
    return this.#cast(id);
  }

  /** The actor, brought to life if this message may do that. */
  receiverOf({ id: cause, to: id, body }: Pick<Envelope, "id" | "to" | "body">): Hosted | undefined {
    const living = this.#hosted.get(id);
    if (living !== undefined) return living;
    // Its turns would be counted anew, and its ids would be those of what it did before.
    if (this.#retired.has(id)) return undefined;
    if (agentName(id) !== undefined && body.type !== "task.assigned") return undefined;
    const behaviour = this.#cast(id);
    return behaviour === undefined
      ? undefined
      : this.#add({ id, cell: behaviour.spawn(id), seq: 0, failures: 0, assignedBy: cause });
  }

  /** A fresh cell for an actor whose old one is spent. */
  respawn(id: ActorId): Cell {
    const behaviour = this.#cast(id);
    if (behaviour === undefined) throw new TypeError(`no part for ${id}`);
    return behaviour.spawn(id);
  }

  restore(
    id: ActorId,
    snapshot: Json,
    { seq, failures, assignedBy }: Pick<Hosted, "seq" | "failures" | "assignedBy">,
  ): void {
    const behaviour = this.#cast(id);
    if (behaviour === undefined) throw new TypeError(`no part for ${id}`);
    this.#add({ id, cell: behaviour.spawn(id, snapshot), seq, failures, assignedBy });
  }

  #add(part: Omit<Hosted, "mailbox" | "ready">): Hosted {
    const hosted: Hosted = { ...part, mailbox: new Mailbox(), ready: false };
    this.#hosted.set(part.id, hosted);
    return hosted;
  }

  remove(id: ActorId): void {
    this.#hosted.delete(id);
  }

  /** Removes an actor that is not to come to life again. */
  retire(id: ActorId): void {
    this.remove(id);
    this.#retired.add(id);
  }

  get retired(): Iterable<ActorId> {
    return this.#retired;
  }

  [Symbol.iterator](): IterableIterator<Hosted> {
    return this.#hosted.values();
  }
}
