import type { NodeId } from "../../../coordination/raft/types.ts";
import type { Random } from "../random.ts";
import { note, type Cluster } from "./cluster.ts";
import { addHost, crash } from "./founding.ts";
import { whenAwake, type Host } from "./host.ts";
import { everyone, membersIn } from "./log-reading.ts";

/** Never more nodes than this many beyond the first ones: a storm should end. */
const freshMax = 4;

/** Asks a leader for other members: a fresh learner, a promotion, a removal (of itself as well as of others), or any set. */
export const changeSomeMembers = (cluster: Cluster, random: Random): void => {
  const leaders = [...cluster.hosts.values()].filter(({ up, state }) => up && state.role === "leader");
  const leader = leaders[random.below(leaders.length)];
  if (leader === undefined) return;
  retireSome(cluster, random);
  const { voters, learners } = membersIn(leader.state);
  const target = draw(cluster, random, leader.id, { voters, learners });
  const id = `change${cluster.events}`;
  leader.asked.set(id, (effect) => {
    leader.asked.delete(id);
    note(cluster, effect.type === "accepted" ? "change accepted" : "change rejected");
  });
  whenAwake(leader, () => cluster.step(leader, { type: "changeMembers", id, ...target }));
};

type Target = { readonly voters: readonly NodeId[]; readonly learners: readonly NodeId[] };

const draw = (cluster: Cluster, random: Random, leader: NodeId, { voters, learners }: Target): Target => {
  const dice = random.below(7);
  const learner = learners[random.below(learners.length)];
  const without = (ids: readonly NodeId[], id: NodeId | undefined) => ids.filter((each) => each !== id);
  if (dice < 2 && learner !== undefined)
    return { voters: [...voters, learner], learners: without(learners, learner) };
  if (dice < 3) {
    const fresh = freshNode(cluster);
    if (fresh !== undefined) return { voters, learners: [...learners, fresh] };
  }
  if (dice < 4) {
    const fresh = freshNode(cluster);
    if (fresh !== undefined)
      return { voters: [...without(voters, voters[random.below(voters.length)]), fresh], learners };
  }
  if (dice < 5 && voters.length > 1) {
    const gone = random.chance(0.5) ? leader : voters[random.below(voters.length)];
    return {
      voters: without(voters, gone),
      learners: random.chance(0.3) && gone !== undefined ? [...without(learners, gone), gone] : learners,
    };
  }
  return anySet(cluster, random);
};

/** Any members at all, also old ones that come back with what is on their disk. */
const anySet = ({ hosts }: Cluster, random: Random): Target => {
  const ids = [...hosts.values()].filter(({ retired }) => !retired).map(({ id }) => id);
  const voters = ids.filter(() => random.chance(0.6));
  return {
    voters: voters.length > 0 ? voters : ids.slice(0, 1),
    learners: voters.length > 0 ? ids.filter((id) => !voters.includes(id) && random.chance(0.3)) : [],
  };
};

const freshNode = (cluster: Cluster): NodeId | undefined => {
  const { hosts, storm } = cluster;
  if (hosts.size >= storm.nodes + freshMax) return undefined;
  const id = Math.max(...hosts.keys()) + 1;
  addHost(cluster, id, []);
  note(cluster, "fresh node");
  return id;
};

/** Switches off some that are surely no members any more; the rest of those may go on and disturb. */
const retireSome = (cluster: Cluster, random: Random): void => {
  for (const host of cluster.hosts.values())
    if (!host.retired && random.chance(0.3) && isGone(cluster, host)) {
      crash(cluster, host);
      host.retired = true;
      note(cluster, "retired node");
    }
};

/** Nobody could still count it: it stands neither in the committed members nor in those that any log may yet make so. */
const isGone = ({ ledger, hosts }: Cluster, { id }: Host): boolean => {
  const committed = ledger.members[ledger.members.length - 1];
  if (committed === undefined || everyone(committed.members).includes(id)) return false;
  for (const { state, disk } of hosts.values()) {
    if (everyone(membersIn(state)).includes(id)) return false;
    for (const { payload } of disk.entries)
      if (payload.type === "members" && everyone(payload.members).includes(id)) return false;
  }
  return true;
};
