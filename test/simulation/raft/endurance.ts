import type { RaftState } from "../../../coordination/raft/state.ts";
import type { RaftInput } from "../../../coordination/raft/io.ts";
import type { Host } from "./host.ts";
import { isQuorum, membersIn } from "./log-reading.ts";
import { broken } from "./violation.ts";

// Safety says what must never be; these say what must not last. Time is counted in the node's own ticks.

export const noteInput = (host: Host, before: RaftState, input: RaftInput): void => {
  const { witness } = host;
  if (input.type === "tick") witness.ticks += 1;
  else if (input.type === "persisted") witness.diskQuiet = 0;
  else if (input.type === "message") {
    const { type, term, from } = input.message;
    if (term === before.term) witness.heard.set(from, witness.ticks);
    const leads = type === "appendRequest" || type === "heartbeat" || type === "snapshotChunk";
    if (leads && term >= before.term) witness.ledAt = witness.ticks;
  }
};

export const checkEndurance = (host: Host, before: RaftState, after: RaftState): void => {
  const { witness } = host;
  if (after.draws !== before.draws) {
    witness.timeouts.add(after.electionTimeout);
    witness.draws += 1;
    if (witness.draws >= 16 && witness.timeouts.size === 1)
      broken(`node ${host.id} draws the same election timeout again and again`);
  }
  if (after.history !== before.history) witness.changedAt = witness.ticks;
  if (after.role !== "leader") return;
  if (before.role !== "leader" || before.term !== after.term) {
    witness.leadsSince = witness.ticks;
    witness.transferring = 0;
  }
};

/** After a tick. */
export const checkTick = (host: Host, state: RaftState): void => {
  const { witness, id } = host;
  const { electionTicks } = state.options;
  witness.diskQuiet = host.writes.length > 0 ? witness.diskQuiet + 1 : 0;
  if (state.role !== "leader") return;
  if (witness.diskQuiet > electionTicks + 1) broken(`node ${id} leads on though its disk has stalled`);
  for (const { id: peer, inFlight } of state.progress)
    if (inFlight.length > state.options.inFlightAppendsMax)
      broken(`leader ${id} has ${inFlight.length} appends on their way to node ${peer}`);
  witness.transferring = state.transfer === null ? 0 : witness.transferring + 1;
  if (witness.transferring > 2 * electionTicks) broken(`leader ${id} never gives up a transfer`);
  const since = Math.max(witness.leadsSince, witness.changedAt);
  const patience = 2 * electionTicks + 1;
  if (witness.ticks - since <= patience) return;
  const answers = (peer: number) => peer === id || witness.ticks - (witness.heard.get(peer) ?? 0) <= patience;
  if (!isQuorum(membersIn(state), answers)) broken(`node ${id} leads on though it hears of no quorum`);
};
