import type { BusMessage } from "./bus.ts";
import { subjectTrie } from "./subject-trie.ts";

/** One subscription as the dispatcher sees it. */
export type Member = {
  readonly pattern: string;
  readonly queue: string | undefined;
  readonly offer: (message: BusMessage) => void;
};

/** Where messages of one subject go. */
export type Route = {
  /** Offers to every plain member and the next one of each queue group; how many took it. */
  offer(message: BusMessage): number;
};

/** Who gets the messages of which subject. */
export type RouteTable<Entry extends Member> = {
  add(entry: Entry): void;
  /** Again: does nothing. */
  remove(entry: Entry): void;
  /** The route of a subject that was found before, so that its check and its search need not be repeated. */
  cached(subject: string): Route | undefined;
  find(subject: string): Route;
};

const NOWHERE: Route = { offer: () => 0 };

type Group = { turn: number; size: number };

// Subjects are few and busy, but for reply inboxes, which are used once.
const MAX_CACHED_ROUTES = 8_192;
const isUsedOnce = (subject: string): boolean => subject.startsWith("_INBOX.");

/**
 * An empty table. Members of one queue name form one group, even under different patterns, as in NATS; they take turns in
 * the order in which they subscribed.
 */
export const routeTable = <Entry extends Member>(): RouteTable<Entry> => {
  const trie = subjectTrie<Entry>();
  const order = new Map<Entry, number>();
  const groups = new Map<string, Group>();
  const cache = new Map<string, Route>();
  let added = 0;

  const search = (subject: string): Route => {
    const matches = trie.match(subject);
    if (matches.length === 0) return NOWHERE;
    const plain: Entry[] = [];
    const queued = new Map<string, Entry[]>();
    for (const entry of matches.sort((a, b) => (order.get(a) ?? 0) - (order.get(b) ?? 0))) {
      if (entry.queue === undefined) {
        plain.push(entry);
        continue;
      }
      const members = queued.get(entry.queue);
      if (members === undefined) queued.set(entry.queue, [entry]);
      else members.push(entry);
    }
    const shares = [...queued].map(([queue, members]) => ({ group: groups.get(queue), members }));
    return {
      offer(message) {
        for (const entry of plain) entry.offer(message);
        for (const { group, members } of shares) members[nextTurn(group) % members.length]?.offer(message);
        return plain.length + shares.length;
      },
    };
  };

  return {
    add(entry) {
      trie.add(entry.pattern, entry);
      added += 1;
      order.set(entry, added);
      if (entry.queue !== undefined) {
        const group = groups.get(entry.queue) ?? { turn: 0, size: 0 };
        group.size += 1;
        groups.set(entry.queue, group);
      }
      cache.clear();
    },
    remove(entry) {
      if (!order.delete(entry)) return;
      trie.remove(entry.pattern, entry);
      const group = entry.queue === undefined ? undefined : groups.get(entry.queue);
      if (group !== undefined && entry.queue !== undefined) {
        group.size -= 1;
        if (group.size === 0) groups.delete(entry.queue);
      }
      cache.clear();
    },
    cached: (subject) => cache.get(subject),
    find(subject) {
      const route = search(subject);
      if (isUsedOnce(subject)) return route;
      if (cache.size >= MAX_CACHED_ROUTES) cache.clear();
      cache.set(subject, route);
      return route;
    },
  };
};

const nextTurn = (group: Group | undefined): number => {
  if (group === undefined) return 0;
  group.turn += 1;
  return group.turn - 1;
};
