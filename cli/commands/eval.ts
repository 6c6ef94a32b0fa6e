import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { setImmediate } from "node:timers/promises";
import { assess } from "../../coordination/decision/evaluation/assess.ts";
import type { Assessment, Score } from "../../coordination/decision/evaluation/assess.ts";
import { chanceFrom, randomTeams } from "../../coordination/decision/evaluation/chance.ts";
import { agentsIn, clusterOf } from "../../coordination/decision/evaluation/recorded.ts";
import type { RecordedQuestion } from "../../coordination/decision/evaluation/recorded.ts";
import { exitCodes, SwarmError, type ExitCode } from "../../coordination/protocol/errors.ts";
import type { CommandContext } from "../context.ts";
import { countOf } from "../count-text.ts";
import { readVotes } from "../eval/read-votes.ts";
import { scoresText } from "../eval/scores-text.ts";
import { printable } from "../output.ts";

export type EvalFlags = {
  readonly team?: readonly (readonly string[])[];
  readonly teams?: number;
  readonly size: number;
  readonly threshold: number;
  readonly byzantine: number;
  readonly turncoat?: boolean;
  readonly seed: number;
  readonly resamples: number;
  readonly json?: boolean;
};

/** Teams that are assessed together, under a name. */
type Group = { readonly name: string; readonly teams: readonly (readonly string[])[] };

/** `swarm eval votes FILE`: replays recorded votes under every rule, so that users see whether voting helps them. */
export const evalVotes = async (
  file: string,
  flags: EvalFlags,
  context: CommandContext,
): Promise<ExitCode> => {
  const { output } = context;
  const questions = readVotes(await textOf(file, context), file);
  const reports: { readonly group: Group; readonly scores: readonly Score[] }[] = [];
  for (const group of groupsOf(questions, file, flags)) {
    const given: Assessment = {
      questions,
      teams: group.teams,
      thresholdPpm: Math.round(flags.threshold * 1e6),
      seed: flags.seed,
      resamples: flags.resamples,
      liars: flags.byzantine,
      lieFrom: flags.turncoat === true ? Math.floor(questions.length / 2) : 0,
    };
    const scores = await watched(given, group, context);
    reports.push({ group, scores });
    if (flags.json !== true)
      output.result(`${printable(headline(group, questions, flags))}\n\n${scoresText(scores)}\n`);
  }
  if (flags.json === true) output.result(`${JSON.stringify(document(file, questions, flags, reports))}\n`);
  return exitCodes.done;
};

const textOf = async (file: string, { settings, stdin }: CommandContext): Promise<string> => {
  if (file === "-") return new TextDecoder().decode(await stdin(Number.POSITIVE_INFINITY));
  try {
    // Some tools begin a file with a byte order mark: a decoder leaves it out.
    return new TextDecoder().decode(await readFile(resolve(settings.cwd, file)));
  } catch (cause) {
    throw new SwarmError("BAD_INPUT", `${file} cannot be read; give the path of a file of votes`, { cause });
  }
};

/** Runs an assessment team by team, so that it can be watched and stopped. */
const watched = async (
  given: Assessment,
  { name, teams }: Group,
  { output, signal }: CommandContext,
): Promise<readonly Score[]> => {
  const run = assess(given);
  for (let turn = run.next(); ; turn = run.next()) {
    if (turn.done === true) {
      output.live([]);
      return turn.value;
    }
    output.live([`${printable(name)}: ${turn.value} of ${teams.length} teams replayed`]);
    await setImmediate();
    if (signal.aborted) throw new SwarmError("RUN_FAILED", "interrupted; nothing was kept, start it again");
  }
};

/** The teams that were named, each by itself; random ones together. Without a word on teams: everyone, and twenty of five. */
const groupsOf = (
  questions: readonly RecordedQuestion[],
  file: string,
  flags: EvalFlags,
): readonly Group[] => {
  const agents = agentsIn(questions);
  if (agents.length === 0)
    throw new SwarmError("BAD_INPUT", `nobody votes in ${file}; give the answers under \`votes\``);
  const asked = flags.team ?? [];
  const named = asked.length === 0 && flags.teams === undefined ? [agents] : asked;
  const unknown = named.flat().find((agent) => !agents.includes(agent));
  if (unknown !== undefined)
    throw new SwarmError("BAD_USAGE", `nobody called "${unknown}" votes; known: ${agents.join(", ")}`);
  const count = flags.teams ?? (asked.length === 0 ? 20 : 0);
  const size = Math.min(flags.size, agents.length);
  const groups = named.map((team): Group => ({
    name: `team ${team.join(", ")}`,
    teams: [[...new Set(team)]],
  }));
  const random = randomTeams(agents, count, size, chanceFrom(flags.seed));
  const all =
    count === 0
      ? groups
      : [...groups, { name: `${countOf(count, "random team")} of ${size}`, teams: random }];
  const least = Math.min(...all.flatMap(({ teams }) => teams.map((team) => team.length)));
  if (flags.byzantine >= least)
    throw new SwarmError("BAD_USAGE", `${flags.byzantine} liars leave nobody honest in a team of ${least}`);
  return all;
};

const headline = ({ name }: Group, questions: readonly RecordedQuestion[], flags: EvalFlags): string => {
  const clusters = new Set(questions.map(clusterOf)).size;
  const liars =
    flags.byzantine === 0
      ? ""
      : `; ${flags.byzantine} of each collude and lie${flags.turncoat === true ? " after an honest half" : ""}`;
  return `${name}; ${countOf(questions.length, "question")} in ${countOf(clusters, "cluster")}; threshold ${flags.threshold}; seed ${flags.seed}${liars}`;
};

const document = (
  file: string,
  questions: readonly RecordedQuestion[],
  { threshold, byzantine, turncoat, seed, resamples }: EvalFlags,
  reports: readonly { readonly group: Group; readonly scores: readonly Score[] }[],
) => ({
  file,
  questions: questions.length,
  clusters: new Set(questions.map(clusterOf)).size,
  threshold,
  byzantine,
  turncoat: turncoat === true,
  seed,
  resamples,
  groups: reports.map(({ group, scores }) => ({ ...group, scores })),
});
