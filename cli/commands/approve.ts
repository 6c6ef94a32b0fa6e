import { systemClock } from "../../actors/runtime/clock.ts";
import { exitCodes, type ExitCode } from "../../coordination/protocol/errors.ts";
import type { CommandContext } from "../context.ts";
import { waitingIn } from "../decisions/waiting.ts";
import { printable } from "../output.ts";
import { findRun, withLog } from "../wire/home.ts";
import { resumeCommand } from "../wire/resume-command.ts";
import { rulingOn } from "../wire/rule.ts";

export type ApproveFlags = { readonly json?: boolean; readonly reason?: string };

/** `swarm approve RUN DECISION OPTION`: a person's word on a decision that waits for it. `resume` goes on with the run. */
export const approve = (
  words: string,
  name: string,
  option: string,
  flags: ApproveFlags,
  { settings, output, version }: CommandContext,
): Promise<ExitCode> =>
  withLog(settings.home, async (log) => {
    const run = findRun(log, words);
    const lease = log.lease(run);
    try {
      await rulingOn(log, run, {
        decision: name,
        option,
        reason: flags.reason,
        version,
        atUs: systemClock().nowUs(),
      });
      const left = waitingIn(log, run).filter(({ ruled }) => ruled === null);
      const next = resumeCommand(log, run);
      if (flags.json === true) {
        const waiting = left.map(({ decision }) => decision);
        output.result(`${JSON.stringify({ run, decision: name, option, waiting, next })}\n`);
        return exitCodes.done;
      }
      output.result(`${printable(`${name}: ${option}`)}\n`);
      if (left.length > 0)
        output.note(
          `${left.length} more ${left.length === 1 ? "waits" : "wait"} for a person; \`swarm show ${run}\` lists them`,
        );
      output.note(`recorded; go on with: ${next}`);
      return exitCodes.done;
    } finally {
      lease.release();
    }
  });
