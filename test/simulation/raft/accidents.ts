import type { NodeId } from "../../../coordination/raft/types.ts";
import { Random } from "../random.ts";
import { changeSomeMembers } from "./churn.ts";
import { note, type Cluster } from "./cluster.ts";
import { crash, start } from "./founding.ts";
import { wake, whenAwake, type Host } from "./host.ts";
import { mixed } from "./machine.ts";
import { accidentTypes, tickUs, type AccidentType } from "./storm.ts";

/**
 * Lets accidents befall a cluster until it is healed. Each has dice of its own, so leaving one out changes the time and the
 * nature of no other.
 */
export const befall = (cluster: Cluster): { readonly stop: () => void } => {
  let stopped = false;
  const next = (number: number): void => {
    const { storm, agenda } = cluster;
    const random = new Random(mixed(mixed(storm.seed, 0xacc1de), number));
    const gap = Math.floor(random.next() * 2 * storm.gapTicks * tickUs);
    agenda.in(1 + gap, () => {
      if (stopped) return;
      next(number + 1);
      cluster.accidents = number + 1;
      if (storm.without.has(number)) return;
      cluster.events += 1;
      const type = drawType(storm.accidents, random);
      note(cluster, type);
      cluster.watch.happened?.(agenda.nowUs(), `accident ${number}: ${type}`);
      accidents[type](cluster, random);
    });
  };
  next(0);
  return {
    stop: () => {
      stopped = true;
    },
  };
};

const drawType = (weights: Readonly<Record<AccidentType, number>>, random: Random): AccidentType => {
  const total = accidentTypes.reduce((sum, type) => sum + weights[type], 0);
  let at = random.next() * total;
  for (const type of accidentTypes) {
    at -= weights[type];
    if (at < 0) return type;
  }
  return "crash";
};

type Accident = (cluster: Cluster, random: Random) => void;

const ticks = (cluster: Cluster, random: Random, most: number): number =>
  Math.floor((1 + random.next() * most) * tickUs * (cluster.storm.options.electionTicks / 5));

/** Cuts some directions of links, and mends them after a while. */
const cutFor = (cluster: Cluster, random: Random, links: readonly (readonly [NodeId, NodeId])[]): void => {
  const { network, agenda } = cluster;
  for (const [from, to] of links) network.cut(from, to);
  agenda.in(ticks(cluster, random, 30), () => links.forEach(([from, to]) => network.mend(from, to)));
};

const up = ({ hosts }: Cluster): readonly Host[] => [...hosts.values()].filter((host) => host.up);

/** A leader, as often as not: most of what is interesting happens to it. */
const someone = (cluster: Cluster, random: Random): Host | undefined => {
  const alive = up(cluster);
  const leaders = alive.filter(({ state }) => state.role === "leader");
  const among = random.chance(0.5) && leaders.length > 0 ? leaders : alive;
  return among[random.below(among.length)];
};

const proposeMany = (cluster: Cluster, random: Random, host: Host): void => {
  const commands = Array.from({ length: 1 + random.below(12) }, (_, at) => ({
    id: `burst${cluster.events}.${at}`,
    data: `set burst ${"x".repeat(random.below(180))}${cluster.events}`,
  }));
  whenAwake(host, () => cluster.step(host, { type: "propose", commands }));
};

const accidents: Readonly<Record<AccidentType, Accident>> = {
  /** Two groups that do not hear each other. A leader in the smaller one goes on for a while, and what it writes is lost. */
  split: (cluster, random) => {
    const ids = [...cluster.hosts.keys()];
    const leader = up(cluster).find(({ state }) => state.role === "leader");
    const alone = leader !== undefined && random.chance(0.5);
    const left = new Set(ids.filter((id) => (alone ? id === leader.id : random.chance(0.5))));
    cutFor(
      cluster,
      random,
      ids.flatMap((from) =>
        ids.filter((to) => left.has(from) !== left.has(to)).map((to) => [from, to] as const),
      ),
    );
    if (alone) proposeMany(cluster, random, leader);
  },
  /** Two nodes do not hear each other, and the others hear both. */
  estrangement: (cluster, random) => {
    const one = someone(cluster, random)?.id;
    const others = [...cluster.hosts.keys()].filter((id) => id !== one);
    const other = others[random.below(others.length)];
    if (one === undefined || other === undefined) return;
    cutFor(cluster, random, [
      [one, other],
      [other, one],
    ]);
  },
  /** One node is heard and does not hear, or the other way round. */
  deafness: (cluster, random) => {
    const one = someone(cluster, random)?.id;
    if (one === undefined) return;
    const mute = random.chance(0.5);
    const some = random.chance(0.5);
    const links = [...cluster.hosts.keys()]
      .filter((id) => id !== one && (!some || random.chance(0.5)))
      .map((id) => (mute ? ([one, id] as const) : ([id, one] as const)));
    cutFor(cluster, random, links);
  },
  crash: (cluster, random) => {
    const host = someone(cluster, random);
    if (host === undefined) return;
    const die = (): void => {
      host.doom = null;
      crash(cluster, host);
      cluster.agenda.in(ticks(cluster, random, 20), () => start(cluster, host));
    };
    // Half of all crashes wait until the disk has something to lose.
    if (random.chance(0.5)) die();
    else host.doom = die;
  },
  /** The power of the whole house fails. */
  blackout: (cluster, random) => {
    for (const host of up(cluster)) {
      crash(cluster, host);
      cluster.agenda.in(ticks(cluster, random, 6), () => start(cluster, host));
    }
  },
  stall: (cluster, random) => {
    const host = someone(cluster, random);
    if (host !== undefined) host.stalledUntilUs = cluster.agenda.nowUs() + ticks(cluster, random, 20);
  },
  pause: (cluster, random) => {
    const host = someone(cluster, random);
    if (host === undefined || host.paused) return;
    host.paused = true;
    const { life } = host;
    cluster.agenda.in(ticks(cluster, random, 20), () => {
      if (host.life === life && host.paused) wake(host);
    });
  },
  /** A clock goes wrong, until another such accident or the end. */
  skew: (cluster, random) => {
    const host = someone(cluster, random);
    if (host !== undefined) host.tickUs = Math.floor(tickUs * (0.4 + random.next() * 1.6));
  },
  gale: (cluster, random) => {
    const { network, storm, agenda } = cluster;
    const { minUs } = storm.weather;
    network.weather = {
      loss: random.chance(0.5) ? random.next() * 0.6 : 0,
      duplication: random.next() * 0.5,
      reordering: random.next(),
      minUs,
      maxUs: minUs + random.below(8 * tickUs),
    };
    agenda.in(ticks(cluster, random, 15), () => {
      network.weather = storm.weather;
    });
  },
  churn: changeSomeMembers,
  transfer: (cluster, random) => {
    const leader = up(cluster).find(({ state }) => state.role === "leader");
    if (leader === undefined) return;
    const ids = [...cluster.hosts.keys()];
    const to = ids[random.below(ids.length)] ?? 1;
    whenAwake(leader, () => cluster.step(leader, { type: "transfer", id: "transfer", to }));
  },
  /** Many commands at once, up to what a leader takes and beyond. */
  burst: (cluster, random) => {
    const host = someone(cluster, random);
    if (host !== undefined) proposeMany(cluster, random, host);
  },
  campaign: (cluster, random) => {
    const host = someone(cluster, random);
    if (host !== undefined) whenAwake(host, () => cluster.step(host, { type: "campaign" }));
  },
};
