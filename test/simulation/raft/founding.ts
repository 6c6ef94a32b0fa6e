import type { NodeId } from "../../../coordination/raft/types.ts";
import type { Posted } from "../../driver/network.ts";
import type { TraceInput } from "../../driver/trace.ts";
import { Random } from "../random.ts";
import { openAgenda } from "./agenda.ts";
import type { Cluster, Planted, RaftWatch } from "./cluster.ts";
import { storedOn } from "./disk.ts";
import { forgetProcess, freshHost, restart, whenAwake, type Host } from "./host.ts";
import { openLedger } from "./ledger.ts";
import { openNetwork } from "./network.ts";
import { step } from "./stepping.ts";
import { tickUs, type RaftStorm } from "./storm.ts";
import { crashDisk } from "./syncing.ts";

export const foundCluster = (storm: RaftStorm, planted: Planted, watch: RaftWatch): Cluster => {
  const agenda = openAgenda();
  const voters = Array.from({ length: storm.nodes }, (_, at) => at + 1);
  let messages = 0;
  const cluster: Cluster = {
    storm,
    planted,
    watch,
    agenda,
    network: openNetwork({
      agenda,
      random: new Random(storm.seed ^ 0x4e7),
      weather: storm.weather,
      arrived: (posted) => deliver(cluster, posted),
    }),
    ledger: openLedger(voters),
    hosts: new Map(),
    diskDice: new Random(storm.seed ^ 0xd15c),
    events: 0,
    accidents: 0,
    digest: storm.seed,
    seen: new Map(),
    numberMessage: () => (messages += 1),
    step: (host, input, received) => step(cluster, host, input, received),
  };
  for (const id of voters) addHost(cluster, id, voters);
  return cluster;
};

export const addHost = (cluster: Cluster, id: NodeId, voters: readonly NodeId[]): Host => {
  const { seed, options } = cluster.storm;
  const host = freshHost({ id, voters, seed, options, tickUs });
  cluster.hosts.set(id, host);
  tellStart(cluster, host);
  startTicking(cluster, host);
  return host;
};

const startTicking = (cluster: Cluster, host: Host): void => {
  const { life } = host;
  const tick = (): void => {
    if (host.life !== life) return;
    cluster.agenda.in(host.tickUs, tick);
    // A process that is paused does not count the ticks that it missed.
    if (!host.paused) cluster.step(host, { type: "tick" });
  };
  cluster.agenda.in(1 + ((host.id * 379 + life * 101) % tickUs), tick);
};

const tellStart = (cluster: Cluster, host: Host): void =>
  tell(cluster, host, { type: "start", stored: storedOn(host.disk) });

/** A step that the core does not see. */
const tell = ({ watch, agenda }: Cluster, { id, state }: Host, input: TraceInput): void =>
  watch.stepped?.({ at: agenda.nowUs(), node: id, input, state, effects: [] });

const deliver = (cluster: Cluster, { id, message }: Posted): void => {
  const host = cluster.hosts.get(message.to);
  if (host?.up !== true) return;
  whenAwake(host, () => cluster.step(host, { type: "message", message }, id));
};

/** A power failure of one node: what its disk had not done is lost, but for some of the first writes that it was doing. */
export const crash = (cluster: Cluster, host: Host): void => {
  if (!host.up) return;
  tell(cluster, host, { type: "crash" });
  crashDisk(cluster, host);
  forgetProcess(host);
};

export const start = (cluster: Cluster, host: Host): void => {
  if (host.up || host.retired) return;
  if (cluster.planted.forgetful === true)
    host.disk.hardState = { term: host.disk.hardState.term, vote: null };
  restart(host, cluster.storm.seed, cluster.storm.options);
  tellStart(cluster, host);
  startTicking(cluster, host);
};
