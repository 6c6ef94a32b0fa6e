import type { NodeId } from "../../../coordination/raft/types.ts";
import { Random } from "../random.ts";
import { note, type Cluster } from "./cluster.ts";
import { whenAwake, type Answer, type Host } from "./host.ts";
import { lastCommitted } from "./ledger.ts";
import type { Action, Operation } from "./linearizability.ts";
import { tickUs } from "./storm.ts";

/** Clients of a cluster, each with one request at a time. */
export type Clients = {
  /** All that they did, in the order of `invoked`; what is under way counts as unknown. */
  readonly history: readonly Operation[];
  /** Every command that was answered: none of these may be lost. */
  readonly acknowledged: ReadonlySet<string>;
  /** From now on, each only finishes what it has begun. */
  readonly rest: () => void;
  readonly areIdle: () => boolean;
  /** Reads every key once more, by way of one client. */
  readonly readAll: () => void;
};

type Request = { -readonly [Field in keyof Operation]: Operation[Field] } & { readonly id: string };

type Client = {
  readonly number: number;
  readonly queue: Action[];
  /** Where it asks next. */
  target: NodeId;
  request: Request | null;
  attempts: number;
};

const keys = ["a", "b", "c"] as const;
const attemptsMax = 12;
const patienceTicks = 12;

export const openClients = (cluster: Cluster): Clients => {
  const { storm, agenda } = cluster;
  const random = new Random(storm.seed ^ 0xc11e);
  const history: Request[] = [];
  const acknowledged = new Set<string>();
  let moment = 0;
  let resting = false;
  let finishing: string[] = [];

  const clients: Client[] = Array.from({ length: storm.clients }, (_, number) => ({
    number,
    queue: [],
    target: 1,
    request: null,
    attempts: 0,
  }));

  const soon = (ticks: number, act: () => void): void =>
    agenda.in(1 + Math.floor(random.next() * ticks * tickUs), act);

  const begin = (client: Client): void => {
    const key = finishing.pop() ?? keys[random.below(keys.length)] ?? "a";
    if (resting && client.queue.length === 0) return;
    const action = client.queue.pop() ?? draw(history.length);
    moment += 1;
    const id = `${client.number}.${history.length}`;
    client.request = { id, key, action, invoked: moment, returned: null, answer: null };
    client.attempts = 0;
    history.push(client.request);
    attempt(client, client.request);
  };

  const draw = (number: number): Action => {
    const dice = random.below(10);
    const value = `v${number}.`;
    if (dice < 4) return { type: "read" };
    if (dice < 6) return { type: "set", value };
    if (dice < 8) return { type: "add", text: `+${number}.` };
    return { type: "cas", expected: guess(), value };
  };

  /** What somebody read or wrote lately, so that a fair part of all swaps succeeds. */
  const guess = (): string => {
    for (let back = 1; back <= 4; back += 1) {
      const past = history[history.length - back];
      if (past?.action.type === "read" && past.answer !== null) return past.answer;
      if (past?.action.type === "set" && random.chance(0.5)) return past.action.value;
    }
    return "";
  };

  const attempt = (client: Client, request: Request): void => {
    if (client.request !== request) return;
    if (client.attempts >= attemptsMax && !resting) {
      note(cluster, "client gave up");
      client.request = null;
      return soon(2, () => begin(client));
    }
    client.attempts += 1;
    const mine = client.attempts;
    if (mine > 1) note(cluster, "client retried");
    soon(1, () => arrive(client, request, mine));
    soon(patienceTicks + mine, () => {
      if (client.request !== request || client.attempts !== mine) return;
      client.target = anyNode(cluster, random);
      attempt(client, request);
    });
  };

  const arrive = (client: Client, request: Request, mine: number): void => {
    const host = cluster.hosts.get(client.target);
    if (host?.up !== true || client.request !== request) return;
    const answered = (answer: string): void => soon(1, () => finish(client, request, answer));
    const refused = (leader: NodeId | null): void =>
      soon(2, () => {
        if (client.request !== request || client.attempts !== mine) return;
        client.target = leader ?? anyNode(cluster, random);
        attempt(client, request);
      });
    whenAwake(host, () => ask(cluster, host, request, mine, { answered, refused, acknowledged }));
  };

  const finish = (client: Client, request: Request, answer: string): void => {
    if (client.request !== request) return;
    moment += 1;
    request.returned = moment;
    request.answer = answer;
    client.request = null;
    soon(3, () => begin(client));
  };

  for (const client of clients) soon(10, () => begin(client));
  return {
    history,
    acknowledged,
    rest: () => {
      resting = true;
    },
    areIdle: () => clients.every(({ request, queue }) => request === null && queue.length === 0),
    readAll: () => {
      const [client] = clients;
      if (client === undefined) return;
      finishing = [...keys];
      client.queue.push(...keys.map((): Action => ({ type: "read" })));
      begin(client);
    },
  };
};

const anyNode = ({ hosts }: Cluster, random: Random): NodeId =>
  [...hosts.keys()][random.below(hosts.size)] ?? 1;

type Replies = {
  readonly answered: (answer: string) => void;
  readonly refused: (leader: NodeId | null) => void;
  readonly acknowledged: Set<string>;
};

const ask = (cluster: Cluster, host: Host, request: Request, attempt: number, replies: Replies): void => {
  const { action, key } = request;
  if (action.type === "read") {
    if (cluster.planted.staleReads === true && host.state.role === "leader")
      return replies.answered(host.machine.values.get(key) ?? "");
    const id = `${request.id}/${attempt}`;
    host.asked.set(id, (effect) => {
      host.asked.delete(id);
      host.reads.delete(id);
      if (effect.type === "rejected") replies.refused(effect.leader);
      else replies.answered(host.machine.values.get(key) ?? "");
    });
    // Whatever was committed anywhere by now, the answer must know of.
    host.reads.set(id, lastCommitted(cluster.ledger));
    return cluster.step(host, { type: "read", id });
  }
  const { id } = request;
  host.asked.set(id, (effect: Answer) => {
    host.asked.delete(id);
    if (effect.type === "rejected") return replies.refused(effect.leader);
    if (effect.type === "accepted")
      host.waiting.set(effect.index, {
        term: effect.term,
        settled: (answer) => {
          if (answer === null) return replies.refused(null);
          replies.acknowledged.add(id);
          replies.answered(answer);
        },
      });
  });
  cluster.step(host, { type: "propose", commands: [{ id, data: commandOf(key, action) }] });
};

const commandOf = (key: string, action: Exclude<Action, { type: "read" }>): string => {
  switch (action.type) {
    case "set":
      return `set ${key} ${action.value}`;
    case "add":
      return `add ${key} ${action.text}`;
    case "cas":
      return `cas ${key} ${action.expected} ${action.value}`;
  }
};
