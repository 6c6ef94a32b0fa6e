import {
  Misuse,
  quoted,
  readOptions,
  regularExpression,
  runByHand,
  wholeNumber,
} from "../../support/arguments.ts";
import { explore } from "./explore.ts";
import { recoveries } from "./recovery.ts";
import type { Setting } from "./setting.ts";
import { longSettings, longStatesMax, usualSettings } from "./settings.ts";
import { lineOf, summaryOf } from "./telling.ts";

const usage = "usage: npm run explore:raft -- [--long] [--only PATTERN] [--states N] [--every N]";

type Asked = {
  readonly settings: readonly Setting[];
  /** Most states of one setting. */
  readonly statesMax: number;
  /** From one of so many states it is tried whether the cluster recovers. */
  readonly every: number;
};

/** A `Map` holds no more than 2^24. */
const mostStates = 16_000_000;

const read = (words: readonly string[]): Asked => {
  const typed = readOptions(words, { long: "", only: "PATTERN", states: "N", every: "N" });
  const pattern = regularExpression(typed, "only");
  const long = typed.has("long");
  const all = long ? longSettings : usualSettings;
  const settings = all.filter(({ name }) => pattern.test(name));
  if (settings.length === 0) throw new Misuse(`no setting has a name like ${quoted(pattern.source)}`);
  const statesMax = wholeNumber(typed, "states", mostStates) ?? (long ? longStatesMax : mostStates);
  const every = wholeNumber(typed, "every", mostStates) ?? 1_000;
  if (every === 0) throw new Misuse("--every 0 would try none");
  return { settings, statesMax, every };
};

const print = (line: string): void => void process.stdout.write(`${line}\n`);
const complain = (line: string): void => void process.stderr.write(`${line}\n`);

const act = ({ settings, statesMax, every }: Asked): number => {
  let states = 0;
  for (const setting of settings) {
    const exploration = explore(setting, statesMax, recoveries(every));
    states += exploration.states;
    print(summaryOf(setting, exploration));
    if (exploration.found === null) continue;
    for (const event of exploration.found.events) print(`  ${lineOf(event)}`);
    complain(`${setting.name}: ${exploration.found.why}`);
    return 1;
  }
  print(`${states} states: all as they should be`);
  return 0;
};

process.exitCode = await runByHand({ words: process.argv.slice(2), usage, read, act, print, complain });
