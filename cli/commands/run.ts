import { resolve } from "node:path";
import type { ExitCode } from "../../coordination/protocol/errors.ts";
import { otlpSettings } from "../../observability/otlp/settings.ts";
import type { CommandContext } from "../context.ts";
import { loadTask } from "../task/load.ts";
import { formatProblems } from "../task/problems.ts";
import { refuseCommands } from "../wire/commands.ts";
import { downloadProgress } from "../models/download-progress.ts";
import { createRun, newRunId } from "../wire/create.ts";
import { withRecords } from "../wire/home.ts";
import { requireSecrets } from "../wire/secrets.ts";
import type { DriveFlags } from "./drive.ts";
import { measured } from "./measured.ts";
import { assertNotTask, assertWritable, resultFlags } from "./result-file.ts";

export type RunFlags = DriveFlags & {
  readonly input?: Readonly<Record<string, string>>;
  /** Bytes. */
  readonly vram?: number;
  /** Where to, or `true` for a name of its own. */
  readonly profile?: string | true;
};

/** `swarm run TASK`: records a new run of a task and drives it to its end. */
export const runTask = async (path: string, given: RunFlags, context: CommandContext): Promise<ExitCode> => {
  const flags = resultFlags(given);
  if (flags.profile === undefined) return recordAndDrive(path, flags, context);
  const { startProfile } = await import("../trace/profile.ts");
  const profile = startProfile(flags.profile, context);
  try {
    return await recordAndDrive(path, flags, context);
  } finally {
    profile.write();
  }
};

const recordAndDrive = async (path: string, flags: RunFlags, context: CommandContext): Promise<ExitCode> => {
  // What cannot be exported or written to is told before anything is recorded.
  otlpSettings(flags.otlp, context.settings.environment);
  if (flags.output !== undefined) {
    const file = resolve(context.settings.cwd, flags.output);
    assertWritable(file);
    assertNotTask(file, resolve(context.settings.cwd, path));
  }
  const {
    plan: written,
    warnings,
    source,
  } = await loadTask(path, {
    inputs: flags.input ?? {},
    stdin: context.stdin,
    cwd: context.settings.cwd,
    ...(context.taskCache === undefined ? {} : { cache: context.taskCache }),
  });
  const plan = flags.vram === undefined ? written : { ...written, memoryBytes: flags.vram };
  if (warnings.length > 0) context.output.note(formatProblems(warnings, "warning"));
  requireSecrets(plan, context.settings.environment);
  if (flags.allowCommands !== true) refuseCommands(plan);
  return measured(flags, context, (metrics) =>
    withRecords(
      context.settings.home,
      async (records) => {
        const run = newRunId(new Date());
        const lease = records.log.lease(run);
        try {
          const downloads = {
            ...context.settings.models,
            signal: context.signal,
            onProgress: downloadProgress(context.output),
          };
          const by = { version: context.version, nats: flags.nats, downloads };
          await createRun(records, run, plan, source, by);
          context.output.note(`run ${run}: ${plan.name}`);
          // The run is on disk and has a name before the actors, the engine and the view are even loaded.
          const { driveAndShow } = await import("./drive.ts");
          return await driveAndShow(context, { ...records, metrics }, run, 0, flags);
        } finally {
          lease.release();
        }
      },
      metrics?.diagnostics,
    ),
  );
};
