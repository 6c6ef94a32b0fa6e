import { schedulerActor, workflowActor } from "../../coordination/protocol/ids.ts";
import type { Redact } from "../redact.ts";
import type { Row, TurnRow } from "../../coordination/protocol/row.ts";

/** Something that went wrong; the same thing in many places is told once. */
export type Failure = {
  readonly what: "step of an actor" | "task" | "call of a model" | "message";
  readonly code: string;
  readonly message: string;
  /** Where it happened first: an actor or a step. */
  readonly where: string;
  readonly firstUs: number;
  count: number;
};

/** How many different failures are kept; of later ones only their number. */
const differentAtMost = 200;

/** `sentence`: what is shown of a message. Messages that then look alike are one. */
export const failureReader = (sentence: Redact) => {
  const known = new Map<string, Failure>();
  let others = 0;
  const tell = (failure: Omit<Failure, "count">): void => {
    const key = [failure.what, failure.code, failure.message].join("\n");
    const same = known.get(key);
    if (same !== undefined) same.count += 1;
    else if (known.size < differentAtMost) known.set(key, { ...failure, count: 1 });
    else others += 1;
  };
  return {
    read: (row: Row): void => {
      const failure = row.type === "turn" ? failureIn(row) : undefined;
      if (failure !== undefined) tell({ ...failure, message: sentence(failure.message) });
    },
    take: (): { readonly failures: readonly Failure[]; readonly others: number } => ({
      failures: [...known.values()],
      others,
    }),
  };
};

const failureIn = (row: TurnRow): Omit<Failure, "count"> | undefined => {
  const { actor, input, atUs } = row;
  if ("failed" in row) return { what: "step of an actor", ...row.failed, where: actor, firstUs: atUs };
  if (input.type === "task.failed" && actor === workflowActor)
    return { what: "task", code: input.code, message: input.message, where: input.step, firstUs: atUs };
  if (input.type === "inference.failed" && actor === schedulerActor) {
    const { code, message } = input.failure;
    return { what: "call of a model", code, message, where: input.request, firstUs: atUs };
  }
  if (input.type === "delivery.failed")
    return { what: "message", code: input.code, message: input.message, where: input.to, firstUs: atUs };
  return undefined;
};
