import { natsBus } from "../../../coordination/bus/nats.ts";
import { decodeCommand, encodeCommand } from "../../../coordination/coordinator/command.ts";
import { openReplica, type ReplicaEvent } from "../../../coordination/coordinator/replica.ts";
import { applyCommand } from "../../../coordination/coordinator/sessions.ts";
import { busTransport } from "../../../coordination/coordinator/transport.ts";
import type { NodeWrite } from "../../../coordination/raft/store.ts";
import { openJournalRaftStore } from "../../../coordination/raft/store-journal.ts";
import { measure, type Call } from "./load.ts";

type Place = { readonly node: number; readonly url: string; readonly dir: string };

const entry = { type: "decision.closed", decision: "d", reason: "deadline" } as const;

/** One of three replicas, alone in its process: it says when it leads, and answers each put once it is committed. */
export const runReplica = async ({ node, url, dir }: Place): Promise<void> => {
  const bus = await natsBus({ url, name: `replica ${node}` });
  const store = openJournalRaftStore({ dir, group: "bench" });
  const transport = busTransport(bus, "bench");
  const waiting = new Map<number, () => void>();
  let commands: { readonly id: string; readonly data: string }[] = [];
  let writes: NodeWrite[] = [];
  let isPosting = false;
  let session = 0;
  let seq = 0;
  let recorded = 0;

  const happened = (event: ReplicaEvent): void => {
    if (event.type === "opened") session = event.session.session;
    if (event.type === "roleChanged" && event.role === "leader")
      replica.take({ type: "propose", commands: [{ id: "open", data: opening }] });
    if (event.type !== "answered") return;
    recorded = event.answer.index;
    const committed = waiting.get(event.answer.seq);
    waiting.delete(event.answer.seq);
    committed?.();
  };
  const opening = encodeCommand({ type: "session.opened", client: "bench", opening: "once", recorded: 0 });

  const replica = openReplica({
    node,
    voters: [1, 2, 3],
    seed: 1,
    options: { snapshotEvery: 20_000, lazyCommit: true },
    store,
    apply: (sessions, { data }, at) => applyCommand(sessions, decodeCommand(data), at),
    post: (message) => {
      transport.post(message);
      if (isPosting) return;
      isPosting = true;
      queueMicrotask(() => {
        isPosting = false;
        transport.flush();
      });
    },
    write: (write) => {
      if (writes.push(write) > 1) return;
      setImmediate(() => {
        const batch = writes;
        writes = [];
        store.write(batch);
        replica.persisted(batch.at(-1)?.write.token ?? 0);
      });
    },
    later: (work) => void setImmediate(work),
    happened,
  });
  transport.listen(node, (message) => replica.take({ type: "message", message }));

  const put = (value: string, committed: () => void): void => {
    waiting.set(seq, committed);
    const firstOpen = waiting.keys().next().value ?? seq;
    const at = { client: "bench", session, seq, firstOpen, recorded };
    const id = String(seq);
    seq += 1;
    const command = encodeCommand({ type: "entry.proposed", ...at, id: value, entry });
    if (commands.push({ id, data: command }) > 1) return;
    queueMicrotask(() => {
      const batch = commands;
      commands = [];
      replica.take({ type: "propose", commands: batch });
    });
  };

  bus.subscribe(`bench.put.${node}`, ({ data, reply }) => {
    if (reply !== undefined) put(String(data), () => bus.publish(reply, "committed"));
  });

  bus.subscribe(`bench.run.${node}`, ({ data, reply }) => {
    const { clients, ms } = data as { readonly clients: number; readonly ms: number };
    const call: Call = (value) => new Promise<void>((resolve) => put(value, resolve));
    void measure(call, clients, ms).then((round) => reply === undefined || bus.publish(reply, round));
  });

  setInterval(() => {
    replica.take({ type: "tick" });
    if (replica.state().role === "leader" && session > 0) bus.publish("bench.leader", String(node));
  }, 50);
};
