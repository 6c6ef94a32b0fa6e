import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { exitCodes, SwarmError, type ExitCode } from "../../coordination/protocol/errors.ts";
import type { CommandContext } from "../context.ts";
import { firstTask } from "../init/first-task.ts";
import { makeFolder } from "../init/make-folder.ts";
import { sampleLog } from "../init/sample-log.ts";
import { printable } from "../output.ts";
import { packageRoot } from "../wire/package.ts";

/** `swarm init FOLDER`: writes a first task, a log to run it on, and the schema that editors complete it by. */
export const init = async (
  folder: string,
  flags: { readonly json?: boolean },
  { settings, output }: CommandContext,
): Promise<ExitCode> => {
  const target = resolve(settings.cwd, folder);
  const files: readonly (readonly [string, string])[] = [
    ["task.yaml", firstTask],
    ["app.log", sampleLog],
    ["task.schema.json", readFileSync(join(packageRoot(), "cli", "task", "task.schema.json"), "utf8")],
  ];
  // Looked at before the first is written, so that a refusal leaves nothing behind.
  const present = files.map(([name]) => join(target, name)).filter((path) => existsSync(path));
  if (present.length > 0) refuse(present);
  for (const [name, text] of files) write(target, name, text);

  const task = join(relative(settings.cwd, target), "task.yaml");
  const next = `swarm run ${shellWord(task)}`;
  if (flags.json === true) {
    output.result(
      `${JSON.stringify({ folder: target, files: files.map(([name]) => join(target, name)), next })}\n`,
    );
    return exitCodes.done;
  }
  for (const [name] of files) output.note(`wrote ${printable(join(relative(settings.cwd, target), name))}`);
  output.result(`next: ${printable(next)}\n`);
  return exitCodes.done;
};

const refuse = (present: readonly string[]): never => {
  throw new SwarmError(
    "BAD_USAGE",
    `${present.map(printable).join(" and ")} would be overwritten; name another folder: swarm init FOLDER`,
  );
};

const write = (target: string, name: string, text: string): void => {
  const path = join(target, name);
  try {
    makeFolder(target);
    // `wx`: what someone else wrote in between stays as well.
    writeFileSync(path, text, { flag: "wx" });
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "EEXIST" && existsSync(path))
      refuse([path]);
    throw new SwarmError(
      "BAD_USAGE",
      `cannot write ${printable(path)}; name a folder that you may write to: swarm init FOLDER`,
      { cause },
    );
  }
};

/** The word as a shell takes it back. */
const shellWord = (word: string): string =>
  /^[\w./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
