import type { ExitCode } from "../../coordination/protocol/errors.ts";
import type { CommandContext } from "../context.ts";
import { loadTask } from "../task/load.ts";
import { formatProblems } from "../task/problems.ts";
import { refuseCommands } from "../wire/commands.ts";
import { downloadProgress } from "../models/download-progress.ts";
import { createRun, newRunId } from "../wire/create.ts";
import { withRecords } from "../wire/home.ts";
import { requireSecrets } from "../wire/secrets.ts";
import type { DriveFlags } from "./drive.ts";

export type RunFlags = DriveFlags & {
  readonly input: Readonly<Record<string, string>>;
  /** Bytes. */
  readonly vram?: number;
};

/** `swarm run TASK`: records a new run of a task and drives it to its end. */
export const runTask = async (path: string, flags: RunFlags, context: CommandContext): Promise<ExitCode> => {
  const {
    plan: written,
    warnings,
    source,
  } = await loadTask(path, {
    inputs: flags.input,
    stdin: context.stdin,
    cwd: context.settings.cwd,
    ...(context.taskCache === undefined ? {} : { cache: context.taskCache }),
  });
  const plan = flags.vram === undefined ? written : { ...written, memoryBytes: flags.vram };
  if (warnings.length > 0) context.output.note(formatProblems(warnings, "warning"));
  requireSecrets(plan, context.settings.environment);
  if (flags.allowCommands !== true) refuseCommands(plan);
  return withRecords(context.settings.home, async (records) => {
    const run = newRunId(new Date());
    const lease = records.log.lease(run);
    try {
      const downloads = {
        ...context.settings.models,
        signal: context.signal,
        onProgress: downloadProgress(context.output),
      };
      await createRun(records, run, plan, source, { version: context.version, downloads });
      context.output.note(`run ${run}: ${plan.name}`);
      // The run is on disk and has a name before the actors, the engine and the view are even loaded.
      const { driveAndShow } = await import("./drive.ts");
      return await driveAndShow(context, records, run, 0, flags);
    } finally {
      lease.release();
    }
  });
};
