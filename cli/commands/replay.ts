import { exitCodes, type ExitCode } from "../../coordination/protocol/errors.ts";
import type { Divergence } from "../../actors/runtime/replay.ts";
import type { CommandContext } from "../context.ts";
import { printable } from "../output.ts";
import { findRun, withLog } from "../wire/home.ts";
import { brokenWords, passOver, replayRun, type RunReplay } from "../wire/recorded.ts";

/** `swarm replay RUN`: runs it again from its record and compares row by row. */
export const replayCommand = (
  words: string,
  flags: { readonly json?: boolean },
  { settings, output }: CommandContext,
): Promise<ExitCode> =>
  withLog(settings.home, async (log) => {
    const run = findRun(log, words, passOver);
    const replay = replayRun(log, run);
    const exit = replay.type === "identical" ? exitCodes.done : exitCodes.diverged;
    if (flags.json === true) {
      output.result(`${JSON.stringify({ run, ...withBothValues(replay), exit })}\n`);
    } else if (replay.type === "identical") {
      output.result(`identical, ${rowsText(replay.rows)}\n`);
    } else if (replay.type === "broken") {
      output.result(`no difference in ${rowsText(replay.rows)}, but ${brokenWords(replay.broken)}\n`);
    } else {
      output.result(divergenceText(replay.divergence));
    }
    return exit;
  });

/** JSON leaves out what is undefined; whoever reads it looks for both values. */
const withBothValues = (replay: RunReplay): RunReplay => {
  if (replay.type !== "diverged") return replay;
  const { recorded = null, replayed = null, ...divergence } = replay.divergence;
  return { ...replay, divergence: { ...divergence, recorded, replayed } };
};

const divergenceText = ({
  position,
  actor,
  seq,
  path,
  recorded,
  replayed,
  agreed,
  likely,
}: Divergence): string =>
  [
    `diverged at row ${position} (${actor}#${seq}), field ${path}`,
    `  recorded: ${show(recorded)}`,
    `  replayed: ${show(replayed)}`,
    `  likely: ${likely}`,
    "  the last rows that agree:",
    ...agreed.map((row) => `    ${row}`),
    "",
  ].join("\n");

const show = (value: unknown): string => {
  const text = value === undefined ? "nothing" : printable(JSON.stringify(value));
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
};

/** Ungrouped: what reads this line looks for a number. */
const rowsText = (rows: number): string => `${rows} ${rows === 1 ? "row" : "rows"}`;
