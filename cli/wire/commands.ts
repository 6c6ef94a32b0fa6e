import { spawn } from "node:child_process";
import { setMaxListeners } from "node:events";
import { systemClock } from "../../actors/runtime/clock.ts";
import type { RunPlan } from "../../actors/workflow/plan.ts";
import { outlineOf } from "../../actors/workflow/outline.ts";
import type { RunCommand } from "../../coordination/protocol/effect.ts";
import { SwarmError } from "../../coordination/protocol/errors.ts";
import type { CommandCompleted } from "../../coordination/protocol/workflow-messages.ts";
import { quoted } from "../../coordination/protocol/quoted.ts";
import { watchGroup, type GroupWatch } from "./group-watch.ts";

/** How much of the end of its output a program leaves in the record, in characters. */
export const keptOutput = 2_000;

/** What a program finds in its environment: enough to run, and no secret of its caller. */
const passedOn = ["PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "SystemRoot"] as const;

/**
 * Runs a program of a task, with arguments that no shell reads, an environment of a few harmless variables, nothing to read, and an end by its time or with
 * this process, whichever comes first. It runs with the rights of the user. Never rejects.
 */
export const runCommand = async (effect: RunCommand, signal: AbortSignal): Promise<CommandCompleted> => {
  const watch = watchGroup();
  try {
    return await watched(effect, signal, watch);
  } catch (error) {
    // Of what can be wrong with its arguments, as that they are too long, `spawn` tells by throwing.
    const trouble = notStarted(error instanceof Error ? error.message : String(error));
    return { type: "command.completed", request: effect.request, exit: null, trouble, output: "" };
  } finally {
    watch.end();
  }
};

const notStarted = (why: string): string => `it could not be started: ${quoted(why)}`;

const watched = (
  { request, command, cwd, timeoutMs }: RunCommand,
  signal: AbortSignal,
  watch: GroupWatch,
): Promise<CommandCompleted> =>
  new Promise((resolve) => {
    const [program = "", ...words] = command;
    const env = Object.fromEntries(
      passedOn.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
    );
    // A group of its own, so that what it has started ends with it.
    const child = spawn(program, words, { cwd, env, stdio: ["ignore", "pipe", "pipe"], detached: true });
    if (child.pid !== undefined) watch.over(child.pid);
    let output = "";
    let trouble: string | undefined;
    const keep = (text: string) => void (output = (output + text).slice(-keptOutput));
    child.stdout.setEncoding("utf8").on("data", keep);
    child.stderr.setEncoding("utf8").on("data", keep);
    const end = (why: string) => {
      trouble ??= why;
      killGroup(child.pid);
      // What has left the group may hold them open for ever, and the end would never be told.
      child.stdout.destroy();
      child.stderr.destroy();
    };
    const abort = () => end("the run was interrupted");
    const late = () => end(`it ran for more than ${timeoutMs / 1000} s`);
    // A plain timer takes more than 24 days for none at all.
    const cancel = systemClock().after(timeoutMs, late);
    // A run has one signal for all its programs, and Node warns of a leak where it has more than ten listeners.
    setMaxListeners(0, signal);
    signal.addEventListener("abort", abort);
    const done = (exit: number | null) => {
      cancel();
      signal.removeEventListener("abort", abort);
      const why = trouble ?? (exit === null ? "a signal ended it" : undefined);
      resolve({
        type: "command.completed",
        request,
        exit: why === undefined ? exit : null,
        ...(why === undefined ? {} : { trouble: why }),
        output,
      });
    };
    child.on("error", (error) => {
      trouble ??= notStarted(error.message);
      done(null);
    });
    child.on("close", done);
    if (signal.aborted) abort();
  });

const killGroup = (pid: number | undefined): void => {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
};

/** A task file may come from anywhere: what it wants to run is run only if the user says so. Throws `BAD_USAGE`. */
export const refuseCommands = (plan: RunPlan): void => {
  const first = firstCommand(plan);
  if (first === undefined) return;
  const { address, command } = first;
  throw new SwarmError(
    "BAD_USAGE",
    `step ${address} is graded by a command, ${JSON.stringify(command)}; if you trust this task, allow it with --allow-commands`,
  );
};

/** The first program that a task runs, and the step that does; `undefined`: it runs none. */
export const firstCommand = ({
  steps,
}: RunPlan): { readonly address: string; readonly command: readonly string[] } | undefined => {
  for (const [address, { step }] of outlineOf(steps))
    if (step.type === "decide" && step.check !== undefined) return { address, command: step.check.command };
  return undefined;
};
