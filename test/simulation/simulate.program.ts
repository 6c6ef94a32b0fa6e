import { parseArgs } from "node:util";
import { checkStorm } from "./check.ts";
import { stormOf } from "./storm.ts";
import { weatherStorm } from "./swarm.ts";
import { traceTo } from "./trace.ts";

const usage = "usage: npm run simulate -- (--seed N [--trace] | --seeds FROM..TO)";

const print = (line: string): void => void process.stdout.write(`${line}\n`);
const complain = (line: string): void => void process.stderr.write(`${line}\n`);

const { values } = parseArgs({
  options: {
    seed: { type: "string" },
    seeds: { type: "string" },
    trace: { type: "boolean", default: false },
  },
});

const simulate = async (seed: number, trace: boolean): Promise<boolean> => {
  const report = await weatherStorm(stormOf(seed), {}, trace ? traceTo(print) : {});
  const wrong = checkStorm(report);
  const end = report.end.type === "finished" ? report.end.row.outcome : report.end.type;
  if (values.seed !== undefined)
    print(
      `seed ${seed}: ${end}, ${report.rows.length} rows, ${report.events} events, ${report.crashes} crashes`,
    );
  for (const sentence of wrong) complain(`seed ${seed}: ${sentence}`);
  if (wrong.length > 0) complain(`again: npm run simulate -- --seed ${seed} --trace`);
  return wrong.length === 0;
};

const simulateAll = async (from: number, to: number): Promise<boolean> => {
  for (let seed = from; seed <= to; seed += 1) if (!(await simulate(seed, false))) return false;
  print(`seeds ${from} to ${to}: all ended as they should`);
  return true;
};

const range = /^(\d+)\.\.(\d+)$/.exec(values.seeds ?? "");
if (values.seed !== undefined && /^\d+$/.test(values.seed))
  process.exitCode = (await simulate(Number(values.seed), values.trace)) ? 0 : 1;
else if (range !== null) process.exitCode = (await simulateAll(Number(range[1]), Number(range[2]))) ? 0 : 1;
else {
  complain(usage);
  process.exitCode = 2;
}
