import type { RunId } from "./ids.ts";

/** One thing that a part of the program measured of itself and no row holds. Times in seconds. */
export type Diagnostic =
  /** A group commit of the event log: how long it took until it was on disk, and how many rows it had. */
  | {
      readonly type: "log.committed";
      readonly seconds: number;
      readonly rows: number;
      /** One of the runs that were in it. */
      readonly run: RunId | undefined;
    }
  /** `destination` is a subject with its variable tokens named: `swarm.{run}.to.{actor}`. */
  | { readonly type: "message.published"; readonly destination: string; readonly messages: number }
  /** A handler took a message: how long ago it was published, where that is known, and how long the handler worked. */
  | {
      readonly type: "message.handled";
      readonly destination: string;
      readonly deliverySeconds?: number;
      readonly handlingSeconds: number;
    }
  | { readonly type: "message.dropped"; readonly reason: "slow-consumer" | "bus-error" }
  | { readonly type: "raft.elected"; readonly outcome: "won" | "lost" | "timed-out" }
  /** A replica leads that did not lead before. */
  | { readonly type: "raft.leaderChanged" }
  | { readonly type: "raft.proposalRejected" }
  /** An entry is committed, and the first replica has applied it: how long after it was handed to a leader. */
  | { readonly type: "raft.committed"; readonly seconds: number; readonly run: RunId }
  /** A follower answered an append of `node`, its leader. */
  | {
      readonly type: "raft.appendAnswered";
      readonly node: number;
      readonly peer: number;
      readonly seconds: number;
    }
  | { readonly type: "spans.exported"; readonly result: SpanFate; readonly spans: number };

/** What became of some spans of traces: `failed` ones are sent again, those `rejected` by the collector and those `lost` at the end of a run only if somebody exports the record. */
export type SpanFate = "sent" | "failed" | "rejected" | "lost";

/** Whether a call asks for a head start, or lets others go first. */
export type CallPriority = "low" | "normal" | "high";

/** How something stands right now. */
export type Reading =
  /** `name`: that of the agent, or the actor's own. */
  | {
      readonly type: "actor";
      readonly name: string;
      readonly isAgent: boolean;
      readonly state: string;
      readonly mailbox: number;
    }
  | {
      readonly type: "replica";
      readonly node: number;
      readonly role: string;
      readonly term: number;
      readonly lastIndex: number;
      readonly commitIndex: number;
      readonly appliedIndex: number;
    }
  /** Calls of models that wait, by their priority, and those that run. */
  | {
      readonly type: "scheduler";
      readonly waiting: Readonly<Record<CallPriority, number>>;
      readonly held: number;
    }
  /** For which part of the last minute any call held a lease, from 0 to 1. */
  | { readonly type: "utilization"; readonly share: number }
  /** What one model holds of the memory for models, or all that there is of it for one run. */
  | {
      readonly type: "memory";
      readonly kind: "reserved" | "resident" | "leaving" | "budget";
      readonly bytes: number;
    }
  /** `provider`: the host of an endpoint. */
  | { readonly type: "circuit"; readonly provider: string; readonly state: "closed" | "half-open" | "open" }
  /** Spans that wait to be exported. */
  | { readonly type: "spans.waiting"; readonly spans: number }
  /** Runs that this process drives. */
  | { readonly type: "runs"; readonly active: number }
  /** `mapBytes`: what the event log can grow to. */
  | { readonly type: "log.space"; readonly usedBytes: number; readonly mapBytes: number };

/**
 * Takes gauges and latencies that no row holds, for whoever watches the process right now. Lossy: nothing is kept, nothing
 * is repeated, and no part of the program may depend on it. Steps never see it.
 */
export type Diagnostics = {
  readonly tell: (diagnostic: Diagnostic) => void;
  /** Has `read` called whenever somebody looks. The result takes it off again. */
  readonly watch: (read: () => readonly Reading[]) => () => void;
};
