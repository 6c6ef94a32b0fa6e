import { note, type Cluster } from "./cluster.ts";
import { start } from "./founding.ts";
import { wake, type Host } from "./host.ts";
import { endOf, everyone, membersIn, termOf } from "./log-reading.ts";
import { tickUs } from "./storm.ts";
import { broken } from "./violation.ts";

/** Mends everything: a cluster that most nodes of are well must now get well as a whole. */
export const heal = (cluster: Cluster): void => {
  const { network, hosts } = cluster;
  network.mendAll();
  network.weather = { loss: 0, duplication: 0, reordering: 0, minUs: 50, maxUs: 300 };
  for (const host of hosts.values()) {
    host.doom = null;
    host.stalledUntilUs = 0;
    host.tickUs = tickUs;
    host.retired = false;
    start(cluster, host);
    if (host.paused) wake(host);
  }
};

/** Lets time pass until something is so; how many election timeouts it may take is the bound that a cluster must keep. */
export const runUntil = (cluster: Cluster, what: string, timeouts: number, isSo: () => boolean): void => {
  const { agenda, storm } = cluster;
  const endUs = agenda.nowUs() + timeouts * 2 * storm.options.electionTicks * tickUs;
  let events = -1;
  for (;;) {
    if (cluster.events !== events && isSo()) return;
    events = cluster.events;
    if (agenda.nowUs() > endUs || !agenda.next())
      broken(`${what} within ${timeouts} election timeouts of health: ${describe(cluster)}`);
  }
};

/** All members agree on one leader, one log and one commit index, no change of members is under way, and all is applied. */
export const isAtRest = (cluster: Cluster): boolean => {
  const leader = leaderOf(cluster);
  if (leader === undefined) return false;
  const { state } = leader;
  const members = membersIn(state);
  if (members.outgoing.length > 0 || !members.voters.includes(leader.id)) return false;
  const end = endOf(state.log);
  if (state.commit !== end) return false;
  return everyone(members).every((id) => {
    const other = cluster.hosts.get(id);
    return (
      other !== undefined &&
      other.state.term === state.term &&
      other.state.leader === leader.id &&
      endOf(other.state.log) === end &&
      termOf(other.state.log, end) === termOf(state.log, end) &&
      other.state.commit === end &&
      other.state.applied === end &&
      other.machine.applied === end &&
      other.machine.digest === leader.machine.digest
    );
  });
};

/** The leader of the highest term; there may be one of the past that does not know yet. */
export const leaderOf = ({ hosts }: Cluster): Host | undefined => {
  let found: Host | undefined;
  for (const host of hosts.values())
    if (host.up && host.state.role === "leader" && host.state.term > (found?.state.term ?? -1)) found = host;
  return found;
};

/** One more command must pass, asked for again and again under the same id. */
export const proposeLast = (cluster: Cluster): void => {
  let committed = false;
  const propose = (): void => {
    if (committed) return;
    cluster.agenda.in(cluster.storm.options.electionTicks * tickUs, propose);
    const leader = leaderOf(cluster);
    if (leader === undefined) return;
    leader.asked.set("last", (effect) => {
      if (effect.type !== "accepted") return;
      leader.waiting.set(effect.index, {
        term: effect.term,
        settled: (answer) => {
          committed ||= answer !== null;
        },
      });
    });
    cluster.step(leader, { type: "propose", commands: [{ id: "last", data: "set last one" }] });
  };
  propose();
  runUntil(cluster, "a command is not committed", 10, () => committed);
  note(cluster, "last command");
};

const describe = ({ hosts }: Cluster): string =>
  [...hosts.values()]
    .filter(({ up }) => up)
    .map(({ id, state, machine }) => {
      const { voters, outgoing, learners } = membersIn(state);
      const members = `${voters.join()}/${outgoing.join()}/${learners.join()}`;
      return `${id} ${state.role} t${state.term} l${state.leader ?? "-"} end ${endOf(state.log)} commit ${state.commit} applied ${machine.applied} of ${members}`;
    })
    .join("; ");
