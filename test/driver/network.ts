import type { RaftMessage } from "../../coordination/raft/message.ts";
import type { NodeId } from "../../coordination/raft/types.ts";

export type Posted = { readonly id: number; readonly message: RaftMessage };

/** Which messages are meant: one or several by number, or all that fit. */
export type Choice = {
  readonly message?: readonly number[] | undefined;
  readonly from?: NodeId | undefined;
  readonly to?: NodeId | undefined;
  readonly type?: string | undefined;
};

/** The messages on the wire, oldest first, and who can talk to whom. */
export type Network = ReturnType<typeof createNetwork>;

export const createNetwork = () => {
  let messages: readonly Posted[] = [];
  let groups: readonly (readonly NodeId[])[] | null = null;
  let cuts: readonly { readonly from: NodeId; readonly to: NodeId }[] = [];

  const chosenBy = ({ message, from, to, type }: Choice): readonly Posted[] =>
    messages.filter(
      (posted) =>
        (message?.includes(posted.id) ?? true) &&
        (from === undefined || posted.message.from === from) &&
        (to === undefined || posted.message.to === to) &&
        (type === undefined || posted.message.type === type),
    );

  return {
    messages: () => messages,
    chosenBy,
    /** Messages are kept by number, so that one that waited for a disk takes its old place. */
    post: (posted: Posted): void => {
      const at = messages.findLastIndex(({ id }) => id < posted.id) + 1;
      messages = [...messages.slice(0, at), posted, ...messages.slice(at)];
    },
    take: (id: number): void => {
      messages = messages.filter((posted) => posted.id !== id);
    },
    /** Two nodes can talk if some group holds both; a node in no group is alone. */
    partition: (into: readonly (readonly NodeId[])[]): void => {
      groups = into;
    },
    block: (from: NodeId, to: NodeId): void => {
      cuts = [...cuts, { from, to }];
    },
    unblock: (from: NodeId, to: NodeId): void => {
      cuts = cuts.filter((cut) => cut.from !== from || cut.to !== to);
    },
    heal: (): void => {
      groups = null;
      cuts = [];
    },
    /** Whether what `from` sends comes to `to`. */
    reaches: (from: NodeId, to: NodeId): boolean =>
      (groups === null || groups.some((group) => group.includes(from) && group.includes(to))) &&
      !cuts.some((cut) => cut.from === from && cut.to === to),
  };
};
