import { schedulerActor, workflowActor } from "../../coordination/protocol/ids.ts";
import type { InferenceFailed } from "../../coordination/protocol/inference-messages.ts";
import { commandFailed } from "../program-name.ts";
import type { Redact } from "../redact.ts";
import type { Row, TurnRow } from "../../coordination/protocol/row.ts";

/** Something that went wrong; the same thing in many places is told once. */
export type Failure = {
  readonly what: "step of an actor" | "task" | "call of a model" | "program" | "message";
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
  const calls = callFailures();
  return {
    read: (row: Row): void => {
      if (row.type !== "turn") return;
      for (const failure of [failureIn(row), ...calls(row)])
        if (failure !== undefined) tell({ ...failure, message: sentence(failure.message) });
    },
    take: (): { readonly failures: readonly Failure[]; readonly others: number } => ({
      failures: [...known.values()],
      others,
    }),
  };
};

type OneFailure = Omit<Failure, "count">;

const failureIn = (row: TurnRow): OneFailure | undefined => {
  const { actor, input, atUs } = row;
  if ("failed" in row) return { what: "step of an actor", ...row.failed, where: actor, firstUs: atUs };
  if (input.type === "task.failed" && actor === workflowActor)
    return { what: "task", code: input.code, message: input.message, where: input.step, firstUs: atUs };
  if (input.type === "command.completed" && input.trouble !== undefined)
    return {
      what: "program",
      code: commandFailed,
      message: input.trouble,
      where: input.request,
      firstUs: atUs,
    };
  if (input.type === "delivery.failed")
    return { what: "message", code: input.code, message: input.message, where: input.to, firstUs: atUs };
  return undefined;
};

/**
 * The calls that fail in a turn of the scheduler, each once: those that their engine says failed, and those that the scheduler itself answers, at
 * their deadline or before their turn. One that was withdrawn has not failed.
 */
const callFailures = () => {
  /** Answered while their engine had not let go of them: what it says later is no news. */
  const answered = new Set<string>();
  return (row: TurnRow): readonly OneFailure[] => {
    if (row.actor !== schedulerActor || "failed" in row) return [];
    const { input, effects, atUs } = row;
    const failed: InferenceFailed[] = [];
    const isEnd = input.type === "inference.completed" || input.type === "inference.failed";
    const isNews = isEnd && !answered.delete(input.request);
    if (isNews && input.type === "inference.failed") failed.push(input);
    for (const effect of effects) {
      if (effect.type !== "send" || effect.body.type !== "inference.failed") continue;
      const { body } = effect;
      const isAbout = "request" in input && input.request === body.request;
      // The requester is told what its engine said.
      if (isEnd && isAbout) continue;
      answered.add(body.request);
      if (input.type !== "inference.cancelled" || !isAbout) failed.push(body);
    }
    return failed.map(({ request, failure: { code, message } }) => ({
      what: "call of a model",
      code,
      message,
      where: request,
      firstUs: atUs,
    }));
  };
};
