import type { RaftEffect, RaftInput } from "../../../coordination/raft/io.ts";
import { raftStep } from "../../../coordination/raft/step.ts";
import type { RaftTurn } from "../../../coordination/raft/turn.ts";
import { sentFor } from "../../driver/sending.ts";
import { checkAnswers } from "./answers.ts";
import type { Cluster } from "./cluster.ts";
import { checkEndurance, checkTick, noteInput } from "./endurance.ts";
import type { Host } from "./host.ts";
import { checkStep } from "./invariants.ts";
import { mixed } from "./machine.ts";
import { perform } from "./performing.ts";
import { promise } from "./promise.ts";

/** Gives a node one input, checks what it did, and does what it asks for. */
export const step = (cluster: Cluster, host: Host, input: RaftInput, received?: number): void => {
  const before = host.state;
  const turn = (cluster.planted.step ?? raftStep)(before, input);
  const after = turn.state;
  host.state = after;
  cluster.events += 1;
  mix(cluster, host, input, turn);
  const sender = { from: host.id, snapshot: host.disk.snapshot, numberMessage: cluster.numberMessage };
  const sent = turn.effects.map((effect) => sentFor(effect, sender));
  cluster.watch.stepped?.({
    at: cluster.agenda.nowUs(),
    node: host.id,
    input,
    received,
    state: after,
    effects: turn.effects,
    sent: sent.filter((one) => one !== undefined),
  });
  checkAnswers(host, before, input, turn);
  noteInput(host, before, input);
  promise(host, turn.effects);
  checkStep({ ledger: cluster.ledger, diskOf: (id) => cluster.hosts.get(id)?.disk }, host, before, after);
  checkEndurance(host, before, after);
  const { life } = host;
  turn.effects.forEach((effect, at) => {
    if (host.life === life) perform(cluster, host, effect, sent[at]);
  });
  if (input.type === "tick") checkTick(host, host.state);
};

const mix = (cluster: Cluster, host: Host, input: RaftInput, { state, effects }: RaftTurn): void => {
  let digest = mixed(cluster.digest, cluster.agenda.nowUs());
  digest = mixed(digest, host.id * 4096 + input.type.length * 64 + state.role.length);
  digest = mixed(digest, state.term);
  digest = mixed(digest, state.commit * 65_536 + state.applied);
  digest = mixed(digest, state.log.base + state.log.length);
  digest = mixed(digest, effectsDigest(effects));
  cluster.digest = digest;
};

const effectsDigest = (effects: readonly RaftEffect[]): number => {
  let digest = effects.length;
  for (const effect of effects) {
    digest = Math.imul(digest, 31) + effect.type.length;
    if (effect.type === "send")
      digest =
        Math.imul(digest, 31) + effect.message.type.length * 64 + effect.message.to + (effect.after ?? 0);
  }
  return digest;
};
