import { createHash } from "node:crypto";
import type { NodeWrite, RaftStore, StoredSnapshot } from "../../coordination/raft/store.ts";
import type {
  DurableWrite,
  Entry,
  HardState,
  Members,
  NodeId,
  Payload,
  SnapshotMeta,
  Stored,
} from "../../coordination/raft/types.ts";

/** What one replica should find, kept in the plainest way. */
export type Expected = {
  readonly hardState: HardState;
  readonly snapshot: StoredSnapshot | null;
  readonly entries: readonly Entry[];
};

export type Model = ReadonlyMap<NodeId, Expected>;

/** What is asked of a store at once. However many calls it takes, only the last of them can be seen after a crash. */
export type Step =
  | { readonly type: "write"; readonly writes: readonly NodeWrite[] }
  | { readonly type: "install"; readonly node: NodeId; readonly staged: Staged; readonly write: DurableWrite }
  | { readonly type: "abandon"; readonly node: NodeId; readonly staged: Staged }
  | {
      readonly type: "snapshot";
      readonly node: NodeId;
      readonly snapshot: StoredSnapshot;
      readonly upTo: number;
    };

type Staged = StoredSnapshot & { readonly cuts: readonly number[] };

/** A number from 0 up to but not including 1. */
export type Draw = () => number;

export const scriptNodes: readonly NodeId[] = [1, 2, 3];

const unborn: Expected = { hardState: { term: 0, vote: null }, snapshot: null, entries: [] };

export const emptyModel: Model = new Map(scriptNodes.map((node) => [node, unborn]));

const of = (model: Model, node: NodeId): Expected => model.get(node) ?? unborn;
const baseOf = ({ snapshot }: Expected): number => snapshot?.meta.index ?? 0;
const lastOf = (expected: Expected): number => expected.entries.at(-1)?.index ?? baseOf(expected);

const written = (before: Expected, write: DurableWrite, staged: StoredSnapshot | null): Expected => {
  const snapshot = write.snapshot === null ? before.snapshot : staged;
  const left = write.snapshot === null ? before.entries : [];
  const { truncateFrom } = write;
  const kept = truncateFrom === null ? left : left.filter(({ index }) => index < truncateFrom);
  return { hardState: write.hardState ?? before.hardState, snapshot, entries: [...kept, ...write.entries] };
};

export const afterStep = (model: Model, step: Step): Model => {
  const next = new Map(model);
  switch (step.type) {
    case "write":
      for (const { node, write } of step.writes) next.set(node, written(of(next, node), write, null));
      return next;
    case "install":
      return next.set(
        step.node,
        written(of(next, step.node), step.write, { meta: step.staged.meta, data: step.staged.data }),
      );
    case "abandon":
      return next;
    case "snapshot": {
      const { node, snapshot } = step;
      const before = of(next, node);
      const entries = before.entries.filter(({ index }) => index > snapshot.meta.index);
      return next.set(node, { ...before, snapshot, entries });
    }
  }
};

/** `partly`: for staging, whether to leave its last part out. */
const stageAll = (store: RaftStore, node: NodeId, { meta, data, cuts }: Staged, partly: boolean): void => {
  const ends = [...cuts, data.length];
  let offset = 0;
  ends.forEach((end, at) => {
    const last = at === ends.length - 1;
    if (!(last && partly)) store.stageChunk(node, meta, offset, data.slice(offset, end), last);
    offset = end;
  });
};

export const perform = (store: RaftStore, step: Step): void => {
  switch (step.type) {
    case "write":
      return store.write(step.writes);
    case "install":
      stageAll(store, step.node, step.staged, false);
      return store.write([{ node: step.node, write: step.write }]);
    case "abandon":
      return stageAll(store, step.node, step.staged, true);
    case "snapshot":
      store.compact(step.node, Math.min(step.upTo, store.readSnapshot(step.node)?.meta.index ?? 0));
      return store.saveSnapshot(step.node, step.snapshot.meta, step.snapshot.data);
  }
};

/** What the store says, in the words of the model. */
export const modelOf = (store: RaftStore): Model =>
  new Map(scriptNodes.map((node) => [node, expectedOf(store.load(node), store.readSnapshot(node))]));

const expectedOf = (
  { hardState, snapshot, entries }: Stored,
  whole: StoredSnapshot | undefined,
): Expected => {
  if (JSON.stringify(snapshot) !== JSON.stringify(whole?.meta ?? null))
    throw new Error("two snapshots at once");
  return { hardState, snapshot: whole ?? null, entries };
};

export const digestOf = (expected: Expected): string =>
  createHash("sha256").update(JSON.stringify(expected)).digest("hex");

/** Some next step that a correct core could ask for. */
export const nextStep = (model: Model, draw: Draw): Step => {
  const upTo = (most: number): number => Math.floor(draw() * (most + 1));
  const node = scriptNodes[upTo(scriptNodes.length - 1)] ?? 1;
  const expected = of(model, node);
  const kind = upTo(11);
  if (kind === 0) return installed(expected, node, upTo);
  if (kind === 1) return { type: "abandon", node, staged: stagedAt(lastOf(expected) + 1 + upTo(4), upTo) };
  if (kind === 2 && expected.entries.length > 0) {
    const index = baseOf(expected) + 1 + upTo(expected.entries.length - 1);
    return { type: "snapshot", node, snapshot: snapshotAt(index, upTo), upTo: upTo(index) };
  }
  if (kind === 3) return { type: "write", writes: [{ node, write: cutting(expected, upTo) }] };
  if (kind === 4)
    return {
      type: "write",
      writes: [{ node, write: { ...nothing, hardState: hardState(upTo) } }],
    };
  // Mostly, all replicas append the same, if they are as far; one of them may do so twice.
  const writes = scriptNodes.map((each) => ({ node: each, write: appending(of(model, each), upTo) }));
  if (kind !== 5) return { type: "write", writes };
  const again = writes.find((each) => each.node === node);
  if (again === undefined) return { type: "write", writes };
  const after = written(expected, again.write, null);
  return { type: "write", writes: [...writes, { node, write: appending(after, upTo) }] };
};

type UpTo = (most: number) => number;

const nothing: DurableWrite = { token: 1, hardState: null, snapshot: null, truncateFrom: null, entries: [] };

const hardState = (upTo: UpTo): HardState => ({ term: upTo(99), vote: upTo(1) === 0 ? null : 1 + upTo(2) });

const members = (upTo: UpTo): Members => ({
  voters: [1, 2, 3],
  outgoing: upTo(1) === 0 ? [] : [1, 2],
  learners: upTo(1) === 0 ? [] : [4],
});

// Characters of one, two and three bytes, half of a pair, a zero and a quote: whatever a text may hold.
const alphabet = ["a", "é", "漢", "\ud83d", "\ude00", "\0", '"', "\n"];
const text = (length: number, upTo: UpTo): string => {
  const start = upTo(alphabet.length - 1);
  return Array.from({ length }, (_, at) => alphabet[(start + at * 3) % alphabet.length]).join("");
};

const payload = (upTo: UpTo): Payload => {
  const kind = upTo(9);
  if (kind === 0) return { type: "noop", leader: 1 + upTo(2) };
  if (kind === 1) return { type: "members", members: members(upTo) };
  return {
    type: "command",
    id: `id-${upTo(999)}`,
    data: text(kind === 2 ? 2_000 + upTo(9_000) : upTo(40), upTo),
  };
};

const entriesFrom = (first: number, count: number, upTo: UpTo): readonly Entry[] =>
  Array.from({ length: count }, (_, at) => ({ index: first + at, term: upTo(99), payload: payload(upTo) }));

const appending = (expected: Expected, upTo: UpTo): DurableWrite => ({
  ...nothing,
  hardState: upTo(7) === 0 ? hardState(upTo) : null,
  entries: entriesFrom(lastOf(expected) + 1, 1 + upTo(3), upTo),
});

const cutting = (expected: Expected, upTo: UpTo): DurableWrite => {
  const from = baseOf(expected) + 1 + upTo(expected.entries.length);
  return { ...nothing, truncateFrom: from, entries: entriesFrom(from, upTo(3), upTo) };
};

const snapshotAt = (index: number, upTo: UpTo): StoredSnapshot => {
  const data = text(upTo(3) === 0 ? 60_000 + upTo(90_000) : upTo(300), upTo);
  return { meta: { index, term: upTo(99), members: members(upTo), length: data.length }, data };
};

const stagedAt = (index: number, upTo: UpTo): Staged => {
  const snapshot = snapshotAt(index, upTo);
  const cuts = [upTo(snapshot.data.length), upTo(snapshot.data.length)].sort((a, b) => a - b);
  return { ...snapshot, cuts };
};

const installed = (expected: Expected, node: NodeId, upTo: UpTo): Step => {
  const staged = stagedAt(baseOf(expected) + 1 + upTo(expected.entries.length + 4), upTo);
  const meta: SnapshotMeta = staged.meta;
  const entries = entriesFrom(meta.index + 1, upTo(2), upTo);
  const write = { ...nothing, snapshot: meta, entries, hardState: upTo(1) === 0 ? null : hardState(upTo) };
  return { type: "install", node, staged, write };
};

/** Numbers that look random and are the same for the same seed (mulberry32). */
export const drawsFrom = (seed: number): Draw => {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
};

/** The steps of a seed, each with what stands on the disk before it. Never ends. */
export function* scriptOf(seed: number): Generator<{ readonly step: Step; readonly before: Model }> {
  const draw = drawsFrom(seed);
  let model = emptyModel;
  while (true) {
    const step = nextStep(model, draw);
    yield { step, before: model };
    model = afterStep(model, step);
  }
}
