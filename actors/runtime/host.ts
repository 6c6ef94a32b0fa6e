import type { EventLog, Position } from "../../coordination/log/log.ts";
import type { EndRun } from "../../coordination/protocol/effect.ts";
import type { Envelope } from "../../coordination/protocol/envelope.ts";
import { attemptId, decisionsActor, failedId } from "../../coordination/protocol/ids.ts";
import type { EnvelopeId, RunId } from "../../coordination/protocol/ids.ts";
import type { FinishedRow, TurnRow } from "../../coordination/protocol/row.ts";
import type { Clock } from "./clock.ts";
import type { Courier, CourierDeps } from "./courier.ts";
import type { Debt } from "./outstanding.ts";
import { refuseCommand, type Coordinator, type CoordinatorDeps, type Performers } from "./performers.ts";
import { advanceTime, rebuild, settle } from "./recover.ts";
import { Ready } from "./ready.ts";
import { type RunState } from "./run-state.ts";
import type { Hosted } from "./roster.ts";
import { encodeSnapshot, usualSnapshotEveryRows } from "./snapshot.ts";
import { refusalOf, type Refusal } from "./supervise.ts";
import { Timers } from "./timers.ts";
import { takeTurn } from "./turn.ts";

/** How many turns a host takes before other work of the process gets its turn. */
export const turnsAtOnce = 64;

export type HostDeps = {
  readonly run: RunId;
  readonly log: EventLog;
  readonly clock: Clock;
  readonly performers: Performers;
  readonly courier: (deps: Omit<CourierDeps, "bus">) => Courier;
  readonly coordinator: (deps: CoordinatorDeps) => Coordinator;
  /** Picks the next of `count` actors that have mail. Default: the one that waits longest. */
  readonly choose?: (count: number) => number;
  /** How many rows lie between two snapshots. */
  readonly snapshotEveryRows?: number;
};

export type RunEnd =
  | { readonly type: "finished"; readonly row: FinishedRow }
  /** Nothing is left to do but what people must do: the run goes on once one of these is ruled on. */
  | { readonly type: "waiting"; readonly decisions: readonly string[] }
  | { readonly type: "interrupted" };

/**
 * Drives one run: feeds each actor one message at a time, records what it decided, and only then does it.
 * `state` is that of a fresh run whose header is written, or one recovered from its rows.
 */
export const hostRun = (state: RunState, deps: HostDeps) => {
  const { run, log, clock, performers, choose = () => 0 } = deps;
  const { snapshotEveryRows = usualSnapshotEveryRows } = deps;
  const timers = new Timers(clock);
  const abort = new AbortController();
  const queued = new Set<EnvelopeId>();
  const ready = new Ready(choose);
  let pumping = false;
  let open = true;
  let resolveEnd: (end: RunEnd) => void;
  let rejectEnd: (error: unknown) => void;
  const end = new Promise<RunEnd>((resolve, reject) => {
    resolveEnd = resolve;
    rejectEnd = reject;
  });

  const shut = () => {
    open = false;
    timers.close();
    courier.close();
    coordinator.close();
    abort.abort();
  };
  const broken = (error: unknown) => {
    if (!open) return;
    shut();
    rejectEnd(error);
  };
  const recorded = (position: Position = state.position): Promise<void> => log.durable(run, position);

  const append = (row: Parameters<EventLog["append"]>[0]): Position => {
    state.position = log.append(row);
    state.rowsSinceSnapshot += 1;
    return state.position;
  };

  /** Whoever brings a message, a timer or a model, could not tell anybody what went wrong with it. */
  const deliver = (envelope: Envelope): void => {
    if (!open) return;
    try {
      accept(envelope);
    } catch (error) {
      broken(error);
    }
  };

  const accept = (envelope: Envelope): void => {
    if (state.seen.has(envelope.id)) {
      if (!queued.has(envelope.id)) courier.acknowledge(envelope.id, () => recorded());
      return;
    }
    const hosted = state.roster.receiverOf(envelope);
    if (hosted === undefined) return gone(envelope);
    if (hosted.mailbox.offer(envelope) === "full") return refuse(envelope, "full");
    state.seen.add(envelope.id);
    queued.add(envelope.id);
    ready.add(hosted);
    pumpSoon();
  };

  // A late message to an actor that is gone: nobody waits for it any more.
  const drop = (id: EnvelopeId) => {
    state.outstanding.pay(id);
    acknowledge(id);
  };

  /** A notice of failure also ends what it is about. */
  const acknowledge = (id: EnvelopeId) => {
    courier.acknowledge(id, () => recorded());
    const failed = failedId(id);
    if (failed === undefined) return;
    queued.delete(failed);
    courier.acknowledge(failed, () => recorded());
  };

  /** Work for an actor that failed too often is waited for by someone. */
  const gone = (envelope: Envelope) => {
    if (envelope.body.type !== "task.assigned") return drop(envelope.id);
    refuse(envelope, "gone");
  };

  /** For good, also if it comes again. It is owed until the notice is on record: before, a crash would lose both. */
  const refuse = (envelope: Envelope, why: Refusal) => {
    const { id } = envelope;
    state.seen.add(id);
    queued.add(id);
    accept(refusalOf(envelope, why));
  };

  const pumpSoon = () => {
    if (pumping) return;
    pumping = true;
    clock.after(0, pump);
  };

  const pump = () => {
    pumping = false;
    for (let turns = 0; open && turns < turnsAtOnce && ready.size > 0; turns += 1) {
      const hosted = ready.next();
      if (hosted === undefined) break;
      try {
        turn(hosted);
      } catch (error) {
        // A step that throws is a row; this is the log, or an actor that cannot be made anew.
        return broken(error);
      }
      if (hosted.mailbox.depth > 0) ready.add(hosted);
    }
    if (open && ready.size > 0) pumpSoon();
  };

  const turn = (hosted: Hosted) => {
    const envelope = hosted.mailbox.take();
    if (envelope === undefined) return;
    queued.delete(envelope.id);
    if (state.roster.get(hosted.id) !== hosted) return drop(envelope.id);
    // A timer that was cancelled or started anew while its message waited here has not fired.
    if (envelope.body.type === "timer.fired" && state.outstanding.get(envelope.id) === undefined) return;
    const row = takeTurn(hosted, envelope, run, clock.nowUs());
    append(row);
    advanceTime(state, row.atUs);
    const { debts, restart } = settle(state, row);
    acknowledge(envelope.id);
    if (restart) rebuild(log, run, hosted, state.roster);
    obey(row);
    for (const debt of debts) perform(debt);
    if (state.ended !== undefined) return finish(state.ended);
    if (state.waiting !== undefined) return letGo({ type: "waiting", decisions: state.waiting });
    if (state.rowsSinceSnapshot >= snapshotEveryRows) keepSnapshot();
  };

  /** Does what no message will answer. */
  const obey = (row: TurnRow) => {
    if ("failed" in row) return;
    row.effects.forEach((effect) => {
      if (effect.type === "cancelTimer") timers.cancel(row.actor, effect.timer);
      if (effect.type === "saveSequence" || effect.type === "abortGeneration") performers.tell(effect);
    });
  };

  /** Does what a row asked for: what leaves the record waits until the row is on disk. */
  const perform = (debt: Debt): void => {
    switch (debt.type) {
      case "envelope":
        return courier.post(debt.envelope, () => recorded());
      case "timer": {
        const passedMs =
          debt.effect.clock === "process"
            ? (state.processUs - debt.processUs) / 1000
            : (clock.nowUs() - debt.atUs) / 1000;
        const body = { type: "timer.fired", timer: debt.effect.timer } as const;
        return timers.start(debt.id, debt.actor, debt.effect.timer, debt.effect.ms - passedMs, () =>
          deliver({ id: debt.id, run, to: debt.actor, body }),
        );
      }
      case "generate":
        void performers
          .generate(debt.effect, abort.signal, {
            recorded: () => recorded(),
            attempts: debt.attempts,
            attempted: (body) => deliver({ id: attemptId(debt.id, body.attempt), run, to: debt.actor, body }),
          })
          .then((body) => deliver({ id: debt.id, run, to: debt.actor, body }), broken);
        // After a crash: what nobody wants any more ends before it costs anything.
        if (debt.isUnwanted === true)
          performers.tell({ type: "abortGeneration", request: debt.effect.request });
        return;
      case "model":
        void performers
          .changeModel(debt.effect, abort.signal)
          .then((body) => deliver({ id: debt.id, run, to: debt.actor, body }), broken);
        return;
      case "command": {
        const { id, actor, effect } = debt;
        const perform = performers.runCommand ?? refuseCommand;
        // A program may have consequences: that it was asked for must be on disk before it begins.
        void recorded()
          .then(() => perform(effect, abort.signal))
          .then((body) => deliver({ id, run, to: actor, body }), broken);
        return;
      }
      case "propose": {
        // Once these rows are on disk, so are those of all commits that came before.
        const { committed } = state;
        void recorded()
          .then(() => coordinator.propose(debt.id, debt.effect.entry, committed))
          .catch(broken);
      }
    }
  };

  const keepSnapshot = () => {
    state.rowsSinceSnapshot = 0;
    log.saveSnapshot(run, { position: state.position, state: encodeSnapshot(state) });
  };

  const finish = (effect: EndRun) => {
    const { type: _, ...ending } = effect;
    if (!open) return;
    shut();
    const row: FinishedRow = { type: "finished", run, atUs: clock.nowUs(), ...ending };
    recorded()
      .then(() => recorded(append(row)))
      .then(
        () => resolveEnd({ type: "finished", row }),
        (error: unknown) => rejectEnd(error),
      );
  };

  /** Stops between two turns; the run can be resumed. */
  const letGo = (how: RunEnd) => {
    if (!open) return;
    shut();
    recorded().then(
      () => resolveEnd(how),
      (error: unknown) => rejectEnd(error),
    );
  };

  const coordinator = deps.coordinator({
    recorded: state.committed,
    // Entries are applied in the order of the log: a commit goes straight to its actor, never over a bus.
    committed: (id, body) => deliver({ id, run, to: decisionsActor, body }),
    broken,
  });
  const courier = deps.courier({ run, clock, deliver, paid: (id) => void state.outstanding.pay(id), broken });

  return {
    end,
    /** Takes up everything that is still to be done. */
    start: () => {
      if (state.ended !== undefined) return finish(state.ended);
      for (const debt of [...state.outstanding]) perform(debt);
    },
    interrupt: () => letGo({ type: "interrupted" }),
    /** As if the process died: nothing is written any more, nothing is said. */
    kill: () => {
      if (open) shut();
    },
    /** Messages that wait for each living actor, for people. */
    situations: () =>
      [...state.roster].map(({ id, cell, mailbox }) => ({
        id,
        situation: cell.situation(),
        depth: mailbox.depth,
      })),
  };
};
