import {
  decisionsActor,
  effectId,
  hostActor,
  schedulerActor,
  workflowActor,
} from "../../coordination/protocol/ids.ts";
import type { ActorId } from "../../coordination/protocol/ids.ts";
import type { Message } from "../../coordination/protocol/message.ts";
import type { Suspend } from "../../coordination/protocol/effect.ts";
import type { DeliveryFailed } from "../../coordination/protocol/workflow-messages.ts";
import type { FinishedRow, HeaderRow, Row, RuledRow, TurnRow } from "../../coordination/protocol/row.ts";
import { names, operations } from "../attributes.ts";
import { withoutQuotes, type Redact } from "../redact.ts";
import type { Span, SpanRef } from "../span.ts";
import { traceIds, type Sha256 } from "../trace-ids.ts";
import { agentSpans } from "./agents.ts";
import { fail, note, spanBook, tell } from "./book.ts";
import { decisionSpans } from "./decisions.ts";
import { inferenceSpans } from "./inference.ts";
import { insideProcess, messageSpans } from "./messages.ts";
import { tracedPlan } from "./plan.ts";
import { stepSpans } from "./steps.ts";
import { toolSpans } from "./tools.ts";
import { stepTurns } from "./workflow.ts";

export type SpanReaderDeps = {
  readonly sha256: Sha256;
  /** Goes over every text of a task, a model or an error before it becomes part of a span, so that no sink is forgotten. */
  readonly redact: Redact;
  /** Tells prompts and replies, too, and what errors quote of them. Default: no. */
  readonly content?: boolean;
  /** Which messages are told: all (the default), or those that crossed a network, which is less than half the spans of most runs. */
  readonly messages?: "all" | "crossing";
};

/** Reads the rows of one run, in their order. Its memory is that of what is open, and the id of each decision. */
export type SpanReader = {
  /** The spans that this row closes. The first row must be the header. */
  read(row: Row): readonly Span[];
  /** No row follows: closes what is open at the time of the last row, marked as unfinished. */
  end(): readonly Span[];
};

export const spanReader = (deps: SpanReaderDeps): SpanReader => {
  let trace: ReturnType<typeof openTrace> | undefined;
  return {
    read: (row) => {
      if (row.type === "header") {
        trace = openTrace(row, deps);
        return [];
      }
      return trace?.read(row) ?? [];
    },
    end: () => trace?.end() ?? [],
  };
};

/** All spans of a run, as they close; of one that has not finished, the open ones last. */
export function* spansOf(rows: Iterable<{ readonly row: Row }>, deps: SpanReaderDeps): Generator<Span> {
  const reader = spanReader(deps);
  for (const { row } of rows) yield* reader.read(row);
  yield* reader.end();
}

const openTrace = (
  header: HeaderRow,
  { sha256, redact, content = false, messages: told = "all" }: SpanReaderDeps,
) => {
  const { run, task, atUs: startUs } = header;
  const plan = tracedPlan(header);
  const taskName = redact(task.name);
  const explain: Redact = content ? redact : (text) => redact(withoutQuotes(text));
  const book = spanBook(run, traceIds(run, sha256));
  const root = book.open({
    unit: "run",
    id: book.id("run"),
    name: `${operations.run} ${taskName}`,
    parent: undefined,
    atUs: startUs,
    attributes: {
      [names.genAiOperation]: operations.run,
      [names.genAiWorkflow]: taskName,
      [names.genAiConversation]: run,
      [names.taskDigest]: task.digest,
      [names.version]: header.swarm,
    },
  });
  tell(root, "accepted", startUs);
  let system = header.bus ?? insideProcess;
  let rows = 1;
  let lastUs = startUs;
  let isOver = false;
  let isPaused = false;
  let rulings = 0;
  /** What the run has come to if no row follows. */
  let outcome = "unfinished";
  /** Decisions that a person is to make, if no row follows. */
  let awaited: readonly string[] = [];

  const steps = stepSpans(book, plan, root);
  const workflow = stepTurns({ steps, plan, explain });
  const agents = agentSpans({ book, plan, steps, explain });
  const messages = messageSpans({
    book,
    run,
    explain,
    inside: told === "all",
    isAtWork: (actor) => agents.at(actor) !== undefined,
    system: () => system,
  });
  const workOf = (actor: ActorId): SpanRef => agents.at(actor) ?? root;
  const decisions = decisionSpans({ book, steps, root, workOf, redact, explain, content });
  const tools = toolSpans({ book, steps, redact, explain, content });
  const inference = inferenceSpans({
    book,
    plan,
    askerOf: ({ request, replyTo }) => agents.askerOf(request) ?? workOf(replyTo),
    redact,
    explain,
    content,
  });
  messages.publish(
    { id: effectId(hostActor, 0, 0), to: workflowActor, body: { type: "run.started" } },
    root,
    startUs,
  );

  /** On whose behalf an actor says something. */
  const speakerOf = (actor: ActorId, to: ActorId, body: Message): SpanRef => {
    switch (body.type) {
      case "task.assigned":
        return steps.at(body.step);
      case "decision.settled":
        return decisions.at(body.outcome.decision) ?? steps.at(body.outcome.decision);
      case "round.opened":
        return decisions.at(body.decision) ?? steps.at(body.decision);
      case "truth.recorded":
        return steps.at(body.decision);
      case "inference.completed":
      case "inference.failed":
        return workOf(to);
      default:
        return workOf(actor);
    }
  };

  const agentLost = ({ to, code, message }: DeliveryFailed, atUs: number): void => {
    // One that has too much mail goes on with what it has.
    if (code === "MAILBOX_FULL") return;
    agents.lost(to, atUs, code, explain(message));
    messages.forget(to);
  };

  const suspend = ({ decisions: waiting }: Suspend, atUs: number): void => {
    outcome = "waiting";
    awaited = waiting;
    tell(root, "waiting", atUs, { [names.decisions]: waiting });
  };

  /** No process drives the run after its last row so far. */
  const pause = (): void => {
    if (!isPaused) tell(root, "paused", lastUs);
    isPaused = true;
  };

  /** The host tells the workflow what a person said. */
  const ruled = ({ decision, option, atUs }: RuledRow): void => {
    rulings += 1;
    // A person rules on what waits, whose process is gone.
    pause();
    outcome = "ruled";
    tell(root, "ruled", atUs, { [names.decisionId]: decision });
    const id = effectId(hostActor, rulings, 0);
    const body = { type: "person.ruled", decision, option } as const;
    messages.publish({ id, to: workflowActor, body }, steps.at(decision), atUs);
  };

  const turn = (row: TurnRow): void => {
    const { actor, atUs } = row;
    messages.process(row);
    if (actor === decisionsActor) decisions.turn(row);
    agents.turn(row);
    if ("failed" in row) return;
    if (actor === workflowActor) {
      if (row.input.type === "delivery.failed") agentLost(row.input, atUs);
      workflow.turn(row);
      for (const effect of row.effects) if (effect.type === "suspend") suspend(effect, atUs);
      tools.turn(row);
    }
    if (actor === schedulerActor) inference.turn(row);
    decisions.propose(row);
    messages.sends(row, speakerOf);
    if (actor === decisionsActor) decisions.settle(row);
    if (actor === workflowActor) workflow.settle(row);
    if (agents.settle(row)) messages.forget(actor);
  };

  const finish = ({ outcome: end, exit, message, atUs }: FinishedRow): void => {
    note(root, { [names.runOutcome]: end, [names.runExit]: exit, [names.runRows]: rows });
    if (end !== "done" && end !== "not-settled") fail(root, end, explain(message ?? end));
    agents.finish(atUs);
    // The end of the run is the end of whatever it no longer waited for.
    close(atUs, "abandoned");
  };

  const close = (atUs: number, why: "abandoned" | "unfinished"): void => {
    isOver = true;
    book.closeAll(atUs, (span) => {
      if (span === root) return;
      if (span.unit === "step") {
        const isAwaited = awaited.some((decision) =>
          isAtOrIn(decision, String(span.attributes[names.stepPath])),
        );
        const unset = why === "unfinished" && isAwaited ? "waiting" : why;
        note(span, { [names.stepOutcome]: span.status.type === "unset" ? unset : "failed" });
      } else note(span, { [names.unfinished]: true });
    });
  };

  return {
    read: (row: Exclude<Row, HeaderRow>): readonly Span[] => {
      rows += 1;
      switch (row.type) {
        case "resumed":
          pause();
          isPaused = false;
          tell(root, "resumed", row.atUs, { [names.version]: row.swarm });
          system = row.bus ?? insideProcess;
          outcome = "unfinished";
          awaited = [];
          break;
        case "ruled":
          ruled(row);
          break;
        case "finished":
          finish(row);
          break;
        case "turn":
          turn(row);
          break;
      }
      lastUs = Math.max(lastUs, row.atUs);
      return book.take();
    },
    end: (): readonly Span[] => {
      if (isOver) return [];
      note(root, { [names.runOutcome]: outcome, [names.runRows]: rows });
      pause();
      agents.sumUp();
      close(lastUs, "unfinished");
      return book.take();
    },
  };
};

/** Whether a path is that of a step or of something inside it: `all[3]/vote` is in `all[3]`, and that in `all`. */
const isAtOrIn = (path: string, step: string): boolean =>
  path === step || path.startsWith(`${step}/`) || path.startsWith(`${step}[`);
