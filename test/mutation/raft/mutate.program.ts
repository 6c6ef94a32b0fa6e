import { parseArgs } from "node:util";
import { outgrown, type Mutant } from "./mutant.ts";
import { mutants } from "./mutants.ts";
import { judges, tryMutant } from "./trial.ts";

const usage =
  "usage: npm run mutate:raft -- [--only PATTERN] [--seeds N] [--judges transcripts,tables,storms] [--jobs N]";

const { values } = parseArgs({
  options: {
    only: { type: "string", default: "" },
    seeds: { type: "string", default: "2000" },
    judges: { type: "string", default: judges.join() },
    jobs: { type: "string", default: "2" },
  },
});

const print = (line: string): void => void process.stdout.write(`${line}\n`);

const root = process.cwd();
const asked = judges.filter((judge) => values.judges.split(",").includes(judge));
const chosen = mutants.filter(({ name }) => new RegExp(values.only).test(name));

const tryAll = async (): Promise<readonly string[]> => {
  const left = [...chosen];
  const alive: string[] = [];
  const work = async (): Promise<void> => {
    for (let mutant = left.shift(); mutant !== undefined; mutant = left.shift()) {
      const killer = await tryMutant({ root, mutant, seeds: Number(values.seeds), judges: asked });
      print(
        `${killer === null ? "SURVIVES" : "killed  "}  ${mutant.name}${killer === null ? "" : `\n            by ${killer}`}`,
      );
      if (killer === null) alive.push(mutant.name);
    }
  };
  await Promise.all(Array.from({ length: Number(values.jobs) }, work));
  return alive;
};

const sound: Mutant = { name: "the core as it is", edits: [] };
const old = mutants.flatMap((mutant) => outgrown(root, mutant));
if (asked.length === 0 || chosen.length === 0) {
  print(usage);
  process.exitCode = 2;
} else if (old.length > 0) {
  for (const line of old) print(line);
  process.exitCode = 1;
} else {
  // A judge that condemns the sound core condemns everything, and its verdicts mean nothing.
  const wrong = await tryMutant({ root, mutant: sound, seeds: Number(values.seeds), judges: asked });
  if (wrong !== null) print(`the core fails without a fault: ${wrong}`);
  const alive = wrong === null ? await tryAll() : [];
  if (wrong === null) print(`${chosen.length - alive.length} of ${chosen.length} faults found`);
  for (const name of alive) print(`not found: ${name}`);
  process.exitCode = wrong === null && alive.length === 0 ? 0 : 1;
}
