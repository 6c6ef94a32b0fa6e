import type { LoadModel } from "../../coordination/protocol/effect.ts";
import type { InferenceRequested } from "../../coordination/protocol/inference-messages.ts";
import type { DecidedRow } from "../../coordination/protocol/row.ts";
import { names } from "../attributes.ts";
import { memoryReader } from "../model-memory.ts";
import { priorityOf } from "../priority.ts";
import type { SpanRef } from "../span.ts";
import { link, tell, type OpenSpan, type SpanBook } from "./book.ts";
import type { TracedPlan } from "./plan.ts";

/** The memory that all local models share; metrics call it so, too. */
const device = "engine";

/** Ids of the two spans of a lease. */
type LeaseIds = { readonly wait: string; readonly hold: string };

type Lease = {
  readonly ids: LeaseIds;
  readonly model: string;
  readonly agent: SpanRef;
  readonly priority: string;
  wait: OpenSpan | undefined;
  hold: OpenSpan | undefined;
};

/** How long each call waited for its turn at a model and how long it had it, and who went before whom. */
export const leaseSpans = (book: SpanBook, plan: TracedPlan) => {
  const open = new Map<string, Lease>();
  const memory = memoryReader();
  const paused = new Set<string>();
  /** Requests whose models went, until it is known for which model. */
  let displaced: string[] = [];
  /** Requests that made room for a model whose first call has not begun. */
  const madeRoomFor = new Map<string, readonly string[]>();

  const attributesOf = (model: string, priority: string) => {
    const bytes = plan.sequenceBytes.get(model);
    const attributes: OpenSpan["attributes"] = {
      [names.leaseModel]: model,
      [names.leasePriority]: priority,
    };
    if (bytes !== undefined) {
      attributes[names.leaseDevice] = device;
      attributes[names.leaseBytes] = bytes;
    }
    return attributes;
  };

  const release = (request: string, atUs: number): void => {
    const lease = open.get(request);
    open.delete(request);
    paused.delete(request);
    if (lease?.wait !== undefined) book.close(lease.wait, atUs);
    if (lease?.hold !== undefined) book.close(lease.hold, atUs);
  };

  /** A model goes: for whoever waits for one that is not there, or because it was too large for those who wait for it. */
  const evicted = (victim: string, reason: string, atUs: number): void => {
    for (const request of paused)
      if (open.get(request)?.model === victim && paused.delete(request)) displaced.push(request);
    for (const { model, wait } of open.values()) {
      const isThere = memory.holdings.get(model)?.kind === "resident";
      const isCause = reason === "room" ? !isThere : reason === "too-large" && model === victim;
      if (isCause && wait !== undefined)
        tell(wait, "evict", atUs, { [names.victim]: victim, [names.reason]: reason });
    }
  };

  const loading = ({ model }: LoadModel): void => {
    if (displaced.length > 0) madeRoomFor.set(model, displaced);
    displaced = [];
  };

  /** The first call of a model that was loaded in the place of others displaced their calls. */
  const began = ({ model, hold }: Lease): void => {
    const others = madeRoomFor.get(model);
    if (others === undefined || hold === undefined) return;
    madeRoomFor.delete(model);
    for (const request of others) {
      const other = open.get(request)?.hold;
      if (other === undefined) continue;
      link(hold, other, "displaced");
      link(other, hold, "displaced-by");
    }
  };

  return {
    wait: (
      { request, body: { model }, priority: headStart }: InferenceRequested,
      agent: SpanRef,
      ids: LeaseIds,
      atUs: number,
    ): void => {
      const priority = priorityOf(headStart);
      const attributes = attributesOf(model, priority);
      const wait = book.open({
        unit: "lease.wait",
        id: ids.wait,
        name: "gpu.lease wait",
        parent: agent,
        atUs,
        attributes,
      });
      tell(wait, "enqueued", atUs);
      open.set(request, { ids, model, agent, priority, wait, hold: undefined });
    },
    /** The call has its turn. Returns the span of it; `undefined` for a call that nobody asked for. */
    hold: (request: string, id: string, atUs: number): OpenSpan | undefined => {
      const lease = open.get(request);
      if (lease === undefined) return undefined;
      if (lease.wait !== undefined) book.close(lease.wait, atUs);
      lease.wait = undefined;
      const attributes = attributesOf(lease.model, lease.priority);
      attributes[names.leaseId] = id;
      lease.hold = book.open({
        unit: "lease.hold",
        id: lease.ids.hold,
        name: "gpu.lease hold",
        parent: lease.agent,
        atUs,
        attributes,
      });
      began(lease);
      return lease.hold;
    },
    /** A call that others go before keeps its span, and is told to have stood still. */
    pause: (request: string, atUs: number): void => {
      const lease = open.get(request);
      if (lease?.hold === undefined) return;
      tell(lease.hold, "paused", atUs);
      paused.add(request);
    },
    restore: (request: string, atUs: number): void => {
      const lease = open.get(request);
      if (lease?.hold === undefined) return;
      paused.delete(request);
      tell(lease.hold, "restored", atUs);
      began(lease);
    },
    /** What is open of a call. */
    spansOf: (request: string): readonly OpenSpan[] => {
      const lease = open.get(request);
      return [lease?.wait, lease?.hold].filter((span) => span !== undefined);
    },
    release,
    /** Follows what becomes of the models, after all else of a turn. */
    memory: (row: DecidedRow): void => {
      const changes = memory.read(row);
      for (const change of changes)
        if (change.type === "evicted") evicted(change.model, change.reason, row.atUs);
      for (const effect of row.effects) if (effect.type === "loadModel") loading(effect);
    },
  };
};
