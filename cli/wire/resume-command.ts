import type { EventLog } from "../../coordination/log/log.ts";
import type { RunId } from "../../coordination/protocol/ids.ts";
import { basisOf } from "./basis.ts";
import { firstCommand } from "./commands.ts";

/** The command that goes on with a run. Who started one that runs commands has allowed them, and must do so again. */
export const resumeCommand = (log: EventLog, run: RunId): string => {
  const header = log.summary(run)?.first.row;
  const commands = header?.type === "header" && firstCommand(basisOf(header).plan) !== undefined;
  return `swarm resume ${run}${commands ? " --allow-commands" : ""}`;
};
