import type { RaftEffect, RaftInput } from "../../../coordination/raft/io.ts";
import type { RaftMessage } from "../../../coordination/raft/message.ts";
import type { RaftState } from "../../../coordination/raft/state.ts";
import { raftStep } from "../../../coordination/raft/step.ts";
import type { DurableWrite, Entry } from "../../../coordination/raft/types.ts";
import { sentFor } from "../../driver/sending.ts";
import { compactDisk, keepSnapshot, lastOnDisk, writeToDisk, type Disk } from "../raft/disk.ts";
import { openLedger } from "../raft/ledger.ts";
import { entryOf, membersIn } from "../raft/log-reading.ts";
import { checkRelease } from "../raft/releases.ts";
import { broken } from "../raft/violation.ts";
import { checkStep } from "./checks.ts";
import { textOfEntry, type Told } from "./history.ts";
import type { Local } from "./local.ts";

/** A node while it takes a step: its parts may be replaced, and what it says to others is collected. */
export type Running = { -readonly [Field in keyof Local]: Local[Field] } & {
  readonly sent: RaftMessage[];
  readonly told: Told[];
};

export const running = (local: Local): Running => ({ ...local, sent: [], told: [] });

/** Gives a node one input, and does at once what it asks for and takes no time. */
export const take = (node: Running, input: RaftInput): void => {
  const before = node.state;
  const { state, effects } = raftStep(before, input);
  checkStep(node.id, before, state);
  node.state = state;
  for (const effect of effects) perform(node, effect);
  tell(node, before, state);
};

const tell = ({ told }: Running, before: RaftState, { role, term, commit, log }: RaftState): void => {
  if (role === "leader" && (before.role !== "leader" || before.term !== term))
    told.push({ type: "leads", term, asked: membersIn(before) });
  if (commit === before.commit) return;
  const entries: Entry[] = [];
  for (let index = before.commit + 1; index <= commit; index += 1) {
    const entry = entryOf(log, index);
    if (entry !== undefined) entries.push(entry);
  }
  // The members before this step: those that it appended on account of this commit were not asked.
  told.push({ type: "commits", entries, asked: before.role === "leader" ? membersIn(before) : null, term });
};

const perform = (node: Running, effect: RaftEffect): void => {
  switch (effect.type) {
    case "persist":
      if (effect.write.token !== (node.writes.at(-1)?.token ?? node.state.persisted) + 1)
        broken(`node ${node.id} numbers a write ${effect.write.token}`);
      node.writes = [...node.writes, effect.write];
      return;
    case "send":
    case "sendChunk":
      return send(node, effect);
    case "stage":
      return stage(node, effect);
    case "apply":
      for (const entry of effect.entries) apply(node, entry);
      return;
    case "restore":
      return restore(node, effect.snapshot.index);
    case "takeSnapshot": {
      const { snapshot } = effect;
      if (node.machine.length !== snapshot.index)
        broken(`node ${node.id} takes a snapshot of ${snapshot.index} at ${node.machine.length}`);
      const data = JSON.stringify(node.machine);
      const meta = { ...snapshot, length: data.length };
      node.jobs = [...node.jobs, { type: "keep", snapshot: { meta, data } }];
      return;
    }
    case "compact":
      return onDisk(node, (disk) => compactDisk(disk, effect.upTo));
    case "readReady":
      if (node.machine.length < effect.index)
        broken(`node ${node.id} serves a read before it has applied enough`);
      node.told.push({ type: "reads", id: effect.id, index: effect.index });
      return;
    case "accepted":
    case "rejected":
    case "roleChanged":
  }
};

const send = (node: Running, effect: RaftEffect): void => {
  const sent = sentFor(effect, { from: node.id, snapshot: node.disk.snapshot, numberMessage: () => 0 });
  if (sent === undefined) return;
  const { message, after } = sent;
  if (after === null || after <= node.state.persisted) release(node, message);
  else node.held = [...node.held, { after, message }];
};

const release = (node: Running, message: RaftMessage): void => {
  checkRelease(openLedger([]), node, message);
  node.sent.push(message);
};

const apply = (node: Running, entry: Entry): void => {
  if (entry.index !== node.machine.length + 1)
    broken(`node ${node.id} applies entry ${entry.index} after ${node.machine.length}`);
  if (entry.index > lastOnDisk(node.disk))
    broken(`node ${node.id} applies entry ${entry.index}, which is not on its disk`);
  node.machine = [...node.machine, textOfEntry(entry)];
};

const restore = (node: Running, index: number): void => {
  const { snapshot } = node.disk;
  if (snapshot?.meta.index !== index)
    return broken(`node ${node.id} restores a snapshot that it does not have`);
  node.machine = JSON.parse(snapshot.data);
};

const stage = (
  node: Running,
  { snapshot, offset, data, done }: Extract<RaftEffect, { type: "stage" }>,
): void => {
  const { index, term } = snapshot;
  const held = offset === 0 ? "" : node.staging?.data;
  if (held?.length !== offset) return broken(`node ${node.id} stages a snapshot with a gap before ${offset}`);
  node.staging = { index, term, data: held + data };
  if (!done) return;
  if (node.staging.data.length !== snapshot.length)
    broken(`node ${node.id} stages another snapshot than it was told of`);
  node.jobs = [...node.jobs, { type: "stage", snapshot: { meta: snapshot, data: node.staging.data } }];
  node.staging = null;
};

const onDisk = (node: Running, act: (disk: Disk) => void): void => {
  const disk = { ...node.disk, entries: [...node.disk.entries], staged: [...node.disk.staged] };
  act(disk);
  node.disk = disk;
};

/** The first write that waits comes to the disk. */
export const write = (node: Running): void => {
  const [first, ...rest] = node.writes;
  if (first === undefined) return;
  node.writes = rest;
  writeDown(node, first);
  const due = node.held.filter(({ after }) => after <= first.token);
  node.held = node.held.filter(({ after }) => after > first.token);
  for (const { message } of due) release(node, message);
  take(node, { type: "persisted", upTo: first.token });
};

/** What is written when the power fails is there afterwards, though nobody was told. */
export const writeDown = (node: Running, { token, ...write }: DurableWrite): void => {
  const { term, vote } = node.disk.hardState;
  if (write.hardState?.term === term && vote !== null && write.hardState.vote !== vote)
    broken(`node ${node.id} votes for ${vote} and for ${write.hardState.vote} in term ${term}`);
  onDisk(node, (disk) => writeToDisk(disk, { token, ...write }));
};

/** Work for a snapshot is done. */
export const work = (node: Running, at: number): void => {
  const job = node.jobs[at];
  if (job === undefined) return;
  const { meta } = job.snapshot;
  node.jobs = node.jobs.filter((other) => other !== job);
  if (job.type === "keep") {
    onDisk(node, (disk) => keepSnapshot(disk, job.snapshot));
    take(node, { type: "snapshotTaken", index: meta.index, length: meta.length });
  } else {
    onDisk(node, (disk) => void disk.staged.push(job.snapshot));
    take(node, { type: "snapshotStored", index: meta.index, term: meta.term });
  }
};
