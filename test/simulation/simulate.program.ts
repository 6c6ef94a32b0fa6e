import { parseArgs } from "node:util";
import { checkStorm } from "./check.ts";
import { commandOf, numbersOf, shrink } from "./raft/shrink.ts";
import { eventsOfAStorm, raftStormOf } from "./raft/storm.ts";
import { traceTo as traceRaftTo } from "./raft/trace.ts";
import { weatherRaft } from "./raft/weather.ts";
import { stormOf } from "./storm.ts";
import { weatherStorm } from "./swarm.ts";
import { traceTo } from "./trace.ts";

const usage = [
  "usage: npm run simulate -- [--swarm | --raft] (--seed N [--quiet] | --seeds FROM..TO)",
  "       npm run simulate -- --raft --seed N [--events E] [--without 3,7-9] [--quiet]",
  "       npm run simulate:long -- [--from SEED] [--to SEED], a million seeds unless told otherwise",
].join("\n");

const print = (line: string): void => void process.stdout.write(`${line}\n`);
const complain = (line: string): void => void process.stderr.write(`${line}\n`);

const { values } = parseArgs({
  options: {
    seed: { type: "string" },
    seeds: { type: "string" },
    quiet: { type: "boolean", default: false },
    swarm: { type: "boolean", default: false },
    raft: { type: "boolean", default: false },
    events: { type: "string", default: `${eventsOfAStorm}` },
    without: { type: "string", default: "" },
    long: { type: "boolean", default: false },
    from: { type: "string", default: "0" },
    to: { type: "string" },
  },
});

/** Without a choice, a seed stands for both of its storms. */
const both = !values.swarm && !values.raft;

const simulateSwarm = async (seed: number, told: boolean): Promise<boolean> => {
  const report = await weatherStorm(stormOf(seed), {}, !values.quiet && told ? traceTo(print) : {});
  const wrong = checkStorm(report);
  const end = report.end.type === "finished" ? report.end.row.outcome : report.end.type;
  if (told)
    print(
      `seed ${seed}: ${end}, ${report.rows.length} rows, ${report.events} events, ${report.crashes} crashes`,
    );
  for (const sentence of wrong) complain(`seed ${seed}: ${sentence}`);
  if (wrong.length > 0) complain(`again: npm run simulate -- --swarm --seed ${seed}`);
  return wrong.length === 0;
};

const simulateRaft = (seed: number, told: boolean): boolean => {
  const storm = {
    ...raftStormOf(seed, Number(values.events)),
    ...(values.without === "" ? {} : { without: numbersOf(values.without) }),
  };
  const report = weatherRaft(storm, {}, !values.quiet && told ? traceRaftTo(print, complain) : {});
  const { wrong, events, operations, digest, accidents } = report;
  // A trace has the output for itself, so that another program can read it.
  if (told)
    (values.quiet ? print : complain)(
      `seed ${seed}: Raft, ${storm.nodes} nodes, ${events} events, ${accidents} accidents, ${operations} requests, digest ${digest}`,
    );
  if (wrong === null) return true;
  complain(`seed ${seed}: ${wrong}`);
  // Whoever asks for a storm that is cut already wants to see that one.
  if (values.without === "") complain(`again: ${commandOf(shrink(report))}`);
  return false;
};

const simulate = async (seed: number, told: boolean): Promise<boolean> => {
  const swarmEnded = values.swarm || both ? await simulateSwarm(seed, told) : true;
  const raftEnded = values.raft || both ? simulateRaft(seed, told) : true;
  return swarmEnded && raftEnded;
};

const simulateAll = async (from: number, to: number): Promise<boolean> => {
  for (let seed = from; seed <= to; seed += 1) if (!(await simulate(seed, false))) return false;
  print(`seeds ${from} to ${to}: all ended as they should`);
  return true;
};

/** Says now and then how far it is, and so from where to go on if it is stopped. */
const simulateLong = (from: number, to: number): boolean => {
  const beganMs = performance.now();
  for (let seed = from; seed <= to; seed += 1) {
    if (!simulateRaft(seed, false)) return false;
    if ((seed - from) % 1_000 !== 999) continue;
    const perSecond = Math.round((seed + 1 - from) / ((performance.now() - beganMs) / 1_000));
    print(`seed ${seed}: well so far, ${perSecond} seeds a second; go on from here by --from ${seed + 1}`);
  }
  print(`seeds ${from} to ${to}: all ended as they should`);
  return true;
};

const isNumber = (text: string | undefined): text is string => text !== undefined && /^\d+$/.test(text);
const { from } = values;
const to = values.to ?? `${Number(from) + 999_999}`;
const range = /^(\d+)\.\.(\d+)$/.exec(values.seeds ?? "");
// A range without a seed in it would end well, and prove nothing.
const isRange = (first: string | undefined, last: string | undefined): boolean =>
  isNumber(first) && isNumber(last) && Number(first) <= Number(last);

if (values.long && isRange(from, to)) process.exitCode = simulateLong(Number(from), Number(to)) ? 0 : 1;
else if (isNumber(values.seed) && isNumber(values.events))
  process.exitCode = (await simulate(Number(values.seed), true)) ? 0 : 1;
else if (range !== null && isRange(range[1], range[2]))
  process.exitCode = (await simulateAll(Number(range[1]), Number(range[2]))) ? 0 : 1;
else {
  complain(usage);
  process.exitCode = 2;
}
