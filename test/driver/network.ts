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
  // By number, in this order unless `late`: an array would be copied for each message, and wires can grow long.
  let wire = new Map<number, Posted>();
  let newest = 0;
  let late = false;
  let groups: readonly (readonly NodeId[])[] | null = null;
  let cuts: readonly { readonly from: NodeId; readonly to: NodeId }[] = [];

  const inOrder = (): ReadonlyMap<number, Posted> => {
    if (late) wire = new Map([...wire].sort(([one], [other]) => one - other));
    late = false;
    return wire;
  };

  const messages = (): readonly Posted[] => [...inOrder().values()];

  const chosenBy = ({ message, from, to, type }: Choice): readonly Posted[] => {
    const numbers = message === undefined ? undefined : new Set(message);
    return messages().filter(
      (posted) =>
        (numbers?.has(posted.id) ?? true) &&
        (from === undefined || posted.message.from === from) &&
        (to === undefined || posted.message.to === to) &&
        (type === undefined || posted.message.type === type),
    );
  };

  return {
    messages,
    chosenBy,
    /** The oldest that fits. */
    first: (fits: (posted: Posted) => boolean): Posted | undefined => {
      for (const posted of inOrder().values()) if (fits(posted)) return posted;
      return undefined;
    },
    /** Messages are kept by number, so that one that waited for a disk takes its old place. */
    post: (posted: Posted): void => {
      late ||= posted.id < newest;
      newest = Math.max(newest, posted.id);
      wire.set(posted.id, posted);
    },
    take: (id: number): void => {
      wire.delete(id);
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
