import type { Envelope } from "../../coordination/protocol/envelope.ts";
import type { Message } from "../../coordination/protocol/message.ts";

/** How many requests may wait for one actor. Replies, timers and commits answer what the actor asked for: they always fit. */
export const mailboxCapacity = 4096;

export type Acceptance = "accepted" | "full";

/** A first-in, first-out queue with a bound. */
export class Mailbox {
  readonly #capacity: number;
  #waiting: Envelope[] = [];
  #taken = 0;

  constructor(capacity: number = mailboxCapacity) {
    this.#capacity = capacity;
  }

  get depth(): number {
    return this.#waiting.length - this.#taken;
  }

  /** Whether it is full soon if nobody takes anything. */
  get isCrowded(): boolean {
    return this.depth * 2 > this.#capacity;
  }

  offer(envelope: Envelope): Acceptance {
    if (isRequest(envelope.body) && this.depth >= this.#capacity) return "full";
    this.#waiting.push(envelope);
    return "accepted";
  }

  take(): Envelope | undefined {
    const envelope = this.#waiting[this.#taken];
    if (envelope === undefined) return undefined;
    this.#taken += 1;
    // Shifting an array one by one is quadratic; cut it now and then instead.
    if (this.#taken > 256 && this.#taken * 2 > this.#waiting.length) {
      this.#waiting = this.#waiting.slice(this.#taken);
      this.#taken = 0;
    }
    return envelope;
  }
}

/** Whether a message begins an exchange, so that its sender can be refused. */
export const isRequest = ({ type }: Message): boolean =>
  type === "task.assigned" || type === "inference.requested";
