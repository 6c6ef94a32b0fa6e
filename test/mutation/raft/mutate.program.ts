import {
  Misuse,
  quoted,
  readOptions,
  regularExpression,
  runByHand,
  wholeNumber,
} from "../../support/arguments.ts";
import { outgrown, type Mutant } from "./mutant.ts";
import { mutants } from "./mutants.ts";
import { judges, tryMutant, type Judge } from "./trial.ts";

const usage =
  "usage: npm run mutate:raft -- [--only PATTERN] [--seeds N] [--judges transcripts,tables,storms,explorer] [--jobs N]";

type Asked = {
  readonly chosen: readonly Mutant[];
  readonly judges: readonly Judge[];
  readonly seeds: number;
  readonly jobs: number;
};

const read = (words: readonly string[]): Asked => {
  const typed = readOptions(words, { only: "PATTERN", seeds: "N", judges: judges.join(), jobs: "N" });
  const pattern = regularExpression(typed, "only");
  const chosen = mutants.filter(({ name }) => pattern.test(name));
  if (chosen.length === 0) throw new Misuse(`no fault has a name like ${quoted(pattern.source)}`);
  const named = (typed.get("judges") ?? judges.join()).split(",");
  const unknown = named.find((name) => !judges.some((judge) => judge === name));
  if (unknown !== undefined)
    throw new Misuse(`there is no judge ${quoted(unknown)}; there are ${judges.join(", ")}`);
  const jobs = wholeNumber(typed, "jobs", 64) ?? 2;
  if (jobs === 0) throw new Misuse("--jobs 0 would try nothing");
  const seeds = wholeNumber(typed, "seeds", 1_000_000) ?? 2000;
  return { chosen, judges: judges.filter((judge) => named.includes(judge)), seeds, jobs };
};

const print = (line: string): void => void process.stdout.write(`${line}\n`);
const complain = (line: string): void => void process.stderr.write(`${line}\n`);

const root = process.cwd();

/** The names of those that nobody found. */
const tryAll = async ({ chosen, judges: asked, seeds, jobs }: Asked): Promise<readonly string[]> => {
  const left = [...chosen];
  const alive: string[] = [];
  const work = async (): Promise<void> => {
    for (let mutant = left.shift(); mutant !== undefined; mutant = left.shift()) {
      const killer = await tryMutant({ root, mutant, seeds, judges: asked });
      print(
        `${killer === null ? "SURVIVES" : "killed  "}  ${mutant.name}${killer === null ? "" : `\n            by ${killer}`}`,
      );
      if (killer === null) alive.push(mutant.name);
    }
  };
  await Promise.all(Array.from({ length: jobs }, work));
  return alive;
};

const sound: Mutant = { name: "the core as it is", edits: [] };

const act = async (asked: Asked): Promise<number> => {
  const old = mutants.flatMap((mutant) => outgrown(root, mutant));
  for (const line of old) complain(line);
  if (old.length > 0) return 1;
  // A judge that condemns the sound core condemns everything, and its verdicts mean nothing.
  const wrong = await tryMutant({ root, mutant: sound, seeds: asked.seeds, judges: asked.judges });
  if (wrong !== null) {
    complain(`the core fails without a fault: ${wrong}`);
    return 1;
  }
  const alive = await tryAll(asked);
  print(`${asked.chosen.length - alive.length} of ${asked.chosen.length} faults found`);
  for (const name of alive) print(`not found: ${name}`);
  return alive.length === 0 ? 0 : 1;
};

process.exitCode = await runByHand({ words: process.argv.slice(2), usage, read, act, print, complain });
