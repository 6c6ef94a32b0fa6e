import { runByHand } from "../support/arguments.ts";
import { askedBy, usage, type Asked } from "./asked.ts";
import { checkStorm } from "./check.ts";
import { commandOf, shrink } from "./raft/shrink.ts";
import { raftStormOf, type RaftStorm } from "./raft/storm.ts";
import { traceTo as traceRaftTo } from "./raft/trace.ts";
import { weatherRaft } from "./raft/weather.ts";
import { stormOf } from "./storm.ts";
import { weatherStorm } from "./swarm.ts";
import { traceTo } from "./trace.ts";

const print = (line: string): void => void process.stdout.write(`${line}\n`);
const complain = (line: string): void => void process.stderr.write(`${line}\n`);

type Storms = Extract<Asked, { type: "storms" }>;

const simulateSwarm = async (seed: number, told: Storms["told"]): Promise<boolean> => {
  const report = await weatherStorm(stormOf(seed), {}, told === "trace" ? traceTo(print) : {});
  const wrong = checkStorm(report);
  const end = report.end.type === "finished" ? report.end.row.outcome : report.end.type;
  if (told !== "nothing")
    print(
      `seed ${seed}: ${end}, ${report.rows.length} rows, ${report.events} events, ${report.crashes} crashes`,
    );
  for (const sentence of wrong) complain(`seed ${seed}: ${sentence}`);
  if (wrong.length > 0) complain(`again: npm run simulate -- --swarm --seed ${seed}`);
  return wrong.length === 0;
};

const simulateRaft = (storm: RaftStorm, told: Storms["told"]): boolean => {
  const { seed, nodes, without } = storm;
  const report = weatherRaft(storm, {}, told === "trace" ? traceRaftTo(print, complain) : {});
  const { wrong, events, operations, digest, accidents } = report;
  // A trace has the output for itself, so that another program can read it.
  if (told !== "nothing")
    (told === "trace" ? complain : print)(
      `seed ${seed}: Raft, ${nodes} nodes, ${events} events, ${accidents} accidents, ${operations} requests, digest ${digest}`,
    );
  if (wrong === null) return true;
  complain(`seed ${seed}: ${wrong}`);
  // Whoever asks for a storm that is cut already wants to see that one.
  if (without.size === 0) complain(`again: ${commandOf(shrink(report))}`);
  return false;
};

const simulate = async (seed: number, { swarm, raft, cut, told }: Storms): Promise<boolean> => {
  const swarmEnded = swarm ? await simulateSwarm(seed, told) : true;
  const storm = { ...raftStormOf(seed, cut.events), without: cut.without };
  const raftEnded = raft ? simulateRaft(storm, told) : true;
  return swarmEnded && raftEnded;
};

const simulateAll = async (storms: Storms): Promise<boolean> => {
  const { from, to, told } = storms;
  for (let seed = from; seed <= to; seed += 1) if (!(await simulate(seed, storms))) return false;
  if (told === "nothing") print(`seeds ${from} to ${to}: all ended as they should`);
  return true;
};

/** Says now and then how far it is, and so from where to go on if it is stopped. */
const simulateLong = (from: number, to: number): boolean => {
  const beganMs = performance.now();
  for (let seed = from; seed <= to; seed += 1) {
    if (!simulateRaft(raftStormOf(seed), "nothing")) return false;
    if ((seed - from) % 1_000 !== 999) continue;
    const perSecond = Math.round((seed + 1 - from) / ((performance.now() - beganMs) / 1_000));
    print(`seed ${seed}: well so far, ${perSecond} seeds a second; go on from here by --from ${seed + 1}`);
  }
  print(`seeds ${from} to ${to}: all ended as they should`);
  return true;
};

// Whoever reads may leave in the middle of a trace; how the storm ends counts all the same.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);
process.exitCode = await runByHand({
  words: process.argv.slice(2),
  usage,
  read: askedBy,
  act: async (asked) => {
    const isWell = asked.type === "long" ? simulateLong(asked.from, asked.to) : await simulateAll(asked);
    return isWell ? 0 : 1;
  },
  print,
  complain,
});
