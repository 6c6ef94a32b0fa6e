import type { RaftMessage } from "../../../coordination/raft/message.ts";
import type { RaftLog } from "../../../coordination/raft/log.ts";
import { allEntries } from "../../../coordination/raft/log.ts";
import { Violation } from "../raft/violation.ts";
import { checkAgainst, checkLogs } from "./checks.ts";
import { noHistory, noted, type History, type Told } from "./history.ts";
import { firstLocal, textOf, type Local } from "./local.ts";
import { costOf, isDead, movesOf, outcomeOf, type Move } from "./moves.ts";
import { costs, nodesOf, type Cost, type Setting } from "./setting.ts";
import { openTable, packed, unpacked } from "./table.ts";

/** What happened, and to whom. */
export type Event = { readonly node: number; readonly move: Move; readonly copied: boolean };

/** The whole cluster, as people and checks look at it. */
export type View = {
  readonly locals: readonly Local[];
  readonly history: History;
  readonly messages: readonly RaftMessage[];
};

/** Told of each state that one event leads to, or of what was broken on the way. */
export type Visit = (next: string | null, event: Event, why: string) => void;

export type Space = {
  readonly first: string;
  /** `isKnown`: was visited before, so that it was checked. */
  readonly visitNext: (state: string, isKnown: (state: string) => boolean, visit: Visit) => void;
  readonly view: (state: string) => View;
};

/** What a node and a move lead to, in numbers. */
type Step = Moved | { readonly why: string };

type Moved = { readonly local: number; readonly sent: readonly number[]; readonly told: readonly Told[] };

/**
 * The states of a setting. One is a row of numbers: of each node, of the history, of what happened how often, and of the messages
 * on their way in rising order, each of which stands for a value in a table (the collapse compression of Holzmann's SPIN). Nodes
 * are pure, so what a move does to one is worked out once, however many states of the cluster it occurs in.
 *
 * A message that is never delivered is a lost one, so no event loses messages.
 */
export const openSpace = (setting: Setting): Space => {
  const ids = nodesOf(setting);
  const count = ids.length;
  const locals = openTable(textOf);
  const messages = openTable<RaftMessage>((message) => JSON.stringify(message));
  const histories = openTable<History>((history) => JSON.stringify(history));
  const spent = openTable<readonly number[]>((numbers) => numbers.join());
  const steps: Map<string | number, Step>[] = [];
  const logs = openTable<RaftLog>((log) => JSON.stringify([log.base, log.baseTerm, allEntries(log)]));
  const logOf: number[] = [];
  const agreeing = new Set<number>();

  const logNumber = (local: number): number => (logOf[local] ??= logs.idOf(locals.at(local).state.log));

  const stepOf = (local: number, move: Move, key: string | number): Step => {
    const known = (steps[local] ??= new Map());
    const before = known.get(key);
    if (before !== undefined) return before;
    const outcome = outcomeOf(setting, locals.at(local), move);
    const step =
      outcome.type === "broken"
        ? { why: outcome.why }
        : {
            local: locals.idOf(outcome.local),
            sent: outcome.sent.map((message) => messages.idOf(message)),
            told: outcome.told,
          };
    known.set(key, step);
    return step;
  };

  const checkAll = (row: readonly number[], at: number): void => {
    const history = histories.at(row[count] ?? 0);
    const own = logNumber(row[at] ?? 0);
    for (let other = 0; other < count; other += 1) {
      const local = row[other] ?? 0;
      checkAgainst(history, locals.at(local));
      const log = logNumber(local);
      const pair = Math.max(own, log) * 2 ** 24 + Math.min(own, log);
      if (log === own || agreeing.has(pair)) continue;
      checkLogs(logs.at(own), logs.at(log));
      agreeing.add(pair);
    }
  };

  /** The numbers of messages after a step of the node at `at`, in rising order, without those that can change nothing any more. */
  const bagAfter = (
    row: readonly number[],
    at: number,
    before: number,
    bag: readonly number[],
    sent: readonly number[],
  ) => {
    const stays = (message: number): boolean => {
      const { to } = messages.at(message);
      const receiver = row[ids.indexOf(to)];
      return receiver !== undefined && !isDead(messages.at(message), locals.at(receiver));
    };
    const ages = ageOf(locals.at(row[at] ?? 0)) !== ageOf(locals.at(before));
    const rest = ages ? bag.filter(stays) : bag;
    return sent.length === 0 ? rest : [...rest, ...sent.filter(stays)].sort((a, b) => a - b);
  };

  const spentAfter = (before: number, cost: Cost): number => {
    const place = costs.indexOf(cost);
    return spent.idOf(spent.at(before).map((used, which) => used + (which === place ? 1 : 0)));
  };

  const visitNext = (state: string, isKnown: (state: string) => boolean, visit: Visit): void => {
    const row = unpacked(state);
    const bag = row.slice(count + 2);
    const numbers = spent.at(row[count + 1] ?? 0);
    const used = (cost: Cost): number => numbers[costs.indexOf(cost)] ?? 0;
    const copies = used("duplicates") < (setting.bounds.duplicates ?? 0);

    const attempt = (event: Event, at: number, key: string | number, rest: readonly number[]): void => {
      const local = row[at] ?? 0;
      const step = stepOf(local, event.move, key);
      if ("why" in step) return visit(null, event, step.why);
      // What changes nothing leads nowhere new.
      if (step.local === local && step.sent.length === 0 && step.told.length === 0) return;
      const next = row.slice(0, count + 2);
      next[at] = step.local;
      const cost = event.copied ? "duplicates" : costOf(event.move);
      if (cost !== null) next[count + 1] = spentAfter(row[count + 1] ?? 0, cost);
      try {
        if (step.told.length > 0) {
          const now = next.slice(0, count).map((one) => locals.at(one));
          let history = histories.at(row[count] ?? 0);
          for (const told of step.told) history = noted(history, ids[at] ?? 0, told, now);
          next[count] = histories.idOf(history);
        }
        const reached = packed([...next, ...bagAfter(next, at, local, rest, step.sent)]);
        if (!isKnown(reached)) checkAll(next, at);
        visit(reached, event, "");
      } catch (error) {
        if (!(error instanceof Violation)) throw error;
        visit(null, event, error.message);
      }
    };

    for (let at = 0; at < count; at += 1) {
      const local = locals.at(row[at] ?? 0);
      for (const move of movesOf(setting, local, used))
        attempt({ node: local.id, move, copied: false }, at, keyOf(move), bag);
      for (let place = 0; place < bag.length; place += 1) {
        const number = bag[place] ?? 0;
        const message = messages.at(number);
        if (number === bag[place - 1] || message.to !== local.id) continue;
        const rest = bag.filter((_, other) => other !== place);
        for (const deaf of mayBeDeaf(message, local) ? [false, true] : [false]) {
          const move = { type: "deliver", message, deaf } as const;
          const key = 2 * number + (deaf ? 1 : 0);
          attempt({ node: local.id, move, copied: false }, at, key, rest);
          if (copies) attempt({ node: local.id, move, copied: true }, at, key, bag);
        }
      }
    }
  };

  const first = packed([
    ...ids.map((id) => locals.idOf(firstLocal(setting, id))),
    histories.idOf(noHistory),
    spent.idOf(costs.map(() => 0)),
  ]);

  return {
    first,
    visitNext,
    view: (state) => {
      const row = unpacked(state);
      return {
        locals: row.slice(0, count).map((local) => locals.at(local)),
        history: histories.at(row[count] ?? 0),
        messages: row.slice(count + 2).map((message) => messages.at(message)),
      };
    },
  };
};

/** Who hears of a leader, or led lately, helps no other; it may have heard of none for long. */
const mayBeDeaf = ({ type }: RaftMessage, { state }: Local): boolean =>
  (type === "voteRequest" || type === "preVoteRequest") && state.role === "follower" && state.leader !== null;

/** What decides which messages can change nothing any more. */
const ageOf = ({ disk, state: { role } }: Local): string => `${disk.hardState.term} ${role}`;

const keyOf = (move: Move): string => {
  switch (move.type) {
    case "restart":
      return `restart ${move.written}`;
    case "work":
      return `work ${move.at}`;
    case "ask":
      return JSON.stringify(move.input);
    default:
      return move.type;
  }
};
