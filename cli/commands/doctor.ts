import { exitCodes, type ExitCode } from "../../coordination/protocol/errors.ts";
import type { CommandContext } from "../context.ts";
import { examine, type Finding } from "../doctor/finding.ts";
import { diskFinding, gitFinding, homeFinding, syncFinding } from "../doctor/home.ts";
import { clockFinding, nodeFinding } from "../doctor/machine.ts";
import { printable, table } from "../output.ts";
import { voterFolder } from "../plan/model-sizes.ts";
import { TaskProblems } from "../task/problems.ts";
import { packageRoot } from "../wire/package.ts";

export type DoctorFlags = { readonly json?: boolean; readonly nats?: string; readonly task?: string };

/** `swarm doctor`: looks at everything that a run needs from this machine. Exit 8 where something is missing. */
export const doctor = async (flags: DoctorFlags, context: CommandContext): Promise<ExitCode> => {
  const findings = await findingsOf(flags, context);
  const isOk = findings.every(({ status }) => status !== "fail");
  context.output.result(
    flags.json === true
      ? `${JSON.stringify({ ok: isOk, checks: findings })}\n`
      : findingText(findings, context.output.paint),
  );
  return isOk ? exitCodes.done : exitCodes.environment;
};

const findingsOf = async (
  { nats, task }: DoctorFlags,
  { settings: { home, cwd, environment } }: CommandContext,
): Promise<readonly Finding[]> => {
  const findings: Finding[] = [nodeFinding(process.version)];
  const homeIs = await examine("home", "set SWARM_HOME to a folder that you may write to", () =>
    homeFinding(home),
  );
  findings.push(homeIs);
  let newestMs: number | undefined;
  if (homeIs.status !== "fail") {
    findings.push(await examine("disk", "look at the disk that SWARM_HOME is on", () => diskFinding(home)));
    findings.push(
      await examine("commit", "set SWARM_HOME to a folder on a local disk with free space", () =>
        syncFinding(home),
      ),
    );
    findings.push(
      await examine("git", "remove and write anew the .gitignore in the home folder, with a line *", () =>
        gitFinding(home),
      ),
    );
    const { recordFinding } = await import("../doctor/record.ts");
    const record = await recordFinding(home);
    newestMs = record.newestMs;
    findings.push(record.finding);
  }
  findings.push(clockFinding(Date.now(), newestMs));
  const { voterFinding } = await import("../doctor/voters.ts");
  findings.push(
    await examine("voters", "install swarm again", () => voterFinding(voterFolder(packageRoot()))),
  );
  const { engineFinding, engineTodo } = await import("../doctor/engine.ts");
  findings.push(await examine("engine", engineTodo, engineFinding));
  if (task !== undefined) {
    const { checkTask } = await import("../task/check-text.ts");
    const { problems, plan } = await checkTask(task, { cwd });
    if (plan === undefined) throw new TaskProblems(problems);
    const { remoteFindings } = await import("../doctor/remote.ts");
    findings.push(...(await remoteFindings(plan, environment)));
  }
  if (nats !== undefined) {
    const { natsFinding } = await import("../doctor/server.ts");
    findings.push(await natsFinding(nats));
  }
  return findings;
};

const findingText = (findings: readonly Finding[], paint: CommandContext["output"]["paint"]): string => {
  const colour = { ok: "green", warn: "yellow", fail: "red" } as const;
  const rows = findings.map(({ name, detail, todo }) => [
    name,
    printable(todo === null ? detail : `${detail}; ${todo}`),
  ]);
  const lines = table(rows).split("\n");
  return findings
    .map(({ status }, index) => `${paint(colour[status], status.padEnd(4))}  ${lines[index] ?? ""}\n`)
    .join("");
};
