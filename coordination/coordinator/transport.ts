import type { Bus } from "../bus/bus.ts";
import { subjectToken } from "../bus/subjects.ts";
import { charsOf } from "../raft/log.ts";
import type { RaftMessage } from "../raft/message.ts";
import type { NodeId } from "../raft/types.ts";

/** Most characters of Raft messages in one message of the bus, so that a NATS server takes it (1 MiB by default). */
export const batchCharsMax = 192 * 1024;

export const replicaSubject = (group: string, node: NodeId): string =>
  `swarm.${subjectToken(group)}.raft.${String(node)}`;

/**
 * Carries Raft messages over a bus: what is posted to one node before the next `flush` travels together. The bus may lose,
 * repeat and reorder them.
 */
export const busTransport = (bus: Bus, group: string) => {
  const links = new Map<NodeId, { readonly subject: string; waiting: RaftMessage[] }>();
  return {
    listen: (node: NodeId, receive: (message: RaftMessage) => void): (() => void) => {
      const subscription = bus.subscribe(replicaSubject(group, node), ({ data }) => {
        // Only replicas of this group publish here; identities will guard the door.
        for (const message of data as readonly RaftMessage[]) receive(message);
      });
      return () => subscription.unsubscribe();
    },
    post: (message: RaftMessage): void => {
      const { to } = message;
      const link = links.get(to);
      if (link === undefined) links.set(to, { subject: replicaSubject(group, to), waiting: [message] });
      else link.waiting.push(message);
    },
    flush: (): void => {
      for (const link of links.values()) {
        const messages = link.waiting;
        if (messages.length === 0) continue;
        link.waiting = [];
        if (messages.length === 1) bus.publish(link.subject, messages);
        else for (const batch of batched(messages)) bus.publish(link.subject, batch);
      }
    },
  };
};

export type Transport = ReturnType<typeof busTransport>;

const batched = (messages: readonly RaftMessage[]): readonly (readonly RaftMessage[])[] => {
  const batches: RaftMessage[][] = [];
  let chars = Number.POSITIVE_INFINITY;
  for (const message of messages) {
    const size = sizeOf(message);
    if (chars + size > batchCharsMax) {
      batches.push([]);
      chars = 0;
    }
    batches.at(-1)?.push(message);
    chars += size;
  }
  return batches;
};

const sizeOf = (message: RaftMessage): number => {
  if (message.type === "snapshotChunk") return message.data.length + overheadChars;
  if (message.type !== "appendRequest") return overheadChars;
  return message.entries.reduce((sum, entry) => sum + charsOf(entry), overheadChars);
};

const overheadChars = 128;
