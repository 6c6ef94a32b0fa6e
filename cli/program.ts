import { Command, type CommanderError } from "commander";
import { exitCodes, type ExitCode } from "../coordination/protocol/errors.ts";
import {
  input,
  memorySize,
  metricsAddress,
  natsUrl,
  profileFile,
  share,
  some,
  team,
  whole,
} from "./arguments.ts";
import type { CommandContext } from "./context.ts";
import { nearest } from "./task/nearest.ts";

/**
 * The command line. Each command is loaded when it is used, and where the first word names one the others are not even
 * described. `done` gets its exit code.
 */
export const program = (
  context: CommandContext,
  done: (exit: ExitCode) => void,
  firstWord: string | undefined,
): Command => {
  const root = new Command("swarm")
    .description("Runs a team of model-backed agents on your own machine, and records every step of it.")
    .version(context.version, "-V, --version", "print the version")
    .exitOverride()
    .configureOutput({ writeOut: context.output.result })
    .showSuggestionAfterError()
    .addHelpText(
      "after",
      "\nStart with `swarm init`, then `swarm run task.yaml`. Runs are kept in .swarm, or where SWARM_HOME says.",
    );

  const command = (usage: string, description: string): Command =>
    root.command(usage).description(description);
  const json = ["--json", "print one JSON document"] as const;
  const metricsPort = [
    "--metrics-port <port>",
    "serve Prometheus metrics on this port of 127.0.0.1, or on address:port; 0 takes a free port",
    metricsAddress,
  ] as const;
  const metricsLinger = [
    "--metrics-linger <seconds>",
    "after the end wait so long for the metrics to be read once more",
    whole,
  ] as const;
  const otlp = ["--otlp <url>", "send the trace to a collector, as http://localhost:4318"] as const;
  const traceContent = [
    "--trace-content",
    "prompts and replies go into the trace, too, without known secrets",
  ] as const;
  const chrome = [
    "--chrome <file>",
    "write the trace for Perfetto and chrome://tracing; - is stdout",
  ] as const;
  const perform =
    <Parts extends readonly unknown[]>(load: (...parts: Parts) => Promise<ExitCode>) =>
    async (...parts: Parts) =>
      done(await load(...parts));

  const commands = {
    run: () =>
      command("run <task>", "run a task file; its result goes to stdout")
        .option(
          "-i, --input <name=value>",
          "an input of the task; a file input takes a path, and any takes - for stdin",
          input,
        )
        .option("--vram <size>", "memory that local models may take, for instance 8GB", memorySize)
        .option("-o, --output <file>", "write the result to a file; - is stdout")
        .option("--nats <url>", "put the run on a NATS server, for instance nats://127.0.0.1:4222", natsUrl)
        .option("--allow-commands", "let the task run the commands that it names")
        .option(...metricsPort)
        .option(...metricsLinger)
        .option(...otlp)
        .option(...traceContent)
        .option("--profile [file]", "write a CPU profile, a file that ends in .cpuprofile", profileFile)
        .option("--json", "print one JSON event a line; the last is run.finished")
        .action(
          perform(async (task: string, flags) =>
            (await import("./commands/run.ts")).runTask(task, flags, context),
          ),
        ),
    resume: () =>
      command("resume <run>", "go on with an interrupted run; of a finished one, print the outcome")
        .option("-o, --output <file>", "write the result to a file; - is stdout")
        .option("--nats <url>", "put the run on a NATS server", natsUrl)
        .option("--allow-commands", "let the task run the commands that it names")
        .option(...metricsPort)
        .option(...metricsLinger)
        .option("--force", "go on with the recorded task although the file has changed")
        .option(...otlp)
        .option(...traceContent)
        .option("--json", "print one JSON event a line; the last is run.finished")
        .action(
          perform(async (run: string, flags) =>
            (await import("./commands/resume.ts")).resumeRun(run, flags, context),
          ),
        ),
    replay: () =>
      command("replay <run>", "run it again from its record and compare row by row")
        .option(...json)
        .action(
          perform(async (run: string, flags) =>
            (await import("./commands/replay.ts")).replayCommand(run, flags, context),
          ),
        ),
    runs: () =>
      command("runs", "list all runs, newest first")
        .option(...json)
        .action(perform(async (flags) => (await import("./commands/runs.ts")).listRuns(flags, context))),
    show: () =>
      command("show <run>", "where a run stands, its decisions and outputs")
        .option(...json)
        .action(
          perform(async (run: string, flags) =>
            (await import("./commands/show.ts")).showRun(run, flags, context),
          ),
        ),
    report: () =>
      command("report <run>", "what a run did and why, as one HTML file that needs nothing else")
        .option("--html [file]", "write it here; by default to swarm-RUN.html in this folder, - is stdout")
        .option("--mermaid", "print the messages of the run as a Mermaid sequence diagram")
        .option(...chrome)
        .option("-o, --output <file>", "write the result to a file; - is stdout")
        .option("--with-prompts", "tell prompts and replies, too, without known secrets")
        .option("--json", "print where the report is, as one JSON document")
        .action(
          perform(async (run: string, flags) =>
            (await import("./commands/report.ts")).reportCommand(run, flags, context),
          ),
        ),
    trace: () =>
      command("trace [run]", "where the time of a run went; by default of the newest")
        .option("--errors", "only what failed, and why")
        .option("--top <count>", "of each map, show so many items, the slowest", whole, 3)
        .option("--otlp [url]", "send the trace to a collector, by default where the OTEL_ variables say")
        .option(...traceContent)
        .option(...chrome)
        .option("--mermaid", "the messages of the run instead, as a Mermaid sequence diagram")
        .option(...json)
        .action(
          perform(async (run: string | undefined, flags) =>
            (await import("./commands/trace.ts")).traceCommand(run ?? "last", flags, context),
          ),
        ),
    explain: () =>
      command("explain <run> <decision>", "how a decision came about, down to every number")
        .option("--mermaid", "print it as a Mermaid flowchart")
        .option(...json)
        .action(
          perform(async (run: string, decision: string, flags) =>
            (await import("./commands/explain.ts")).explainCommand(run, decision, flags, context),
          ),
        ),
    approve: () =>
      command("approve <run> <decision> <option>", "rule on a decision that waits for a person")
        .option("--reason <text>", "why; it goes into the record")
        .option(...json)
        .action(
          perform(async (run: string, decision: string, option: string, flags) =>
            (await import("./commands/approve.ts")).approve(run, decision, option, flags, context),
          ),
        ),
    grade: () =>
      command("grade <run> <decision> <option>", "say which option was right; trust learns from it")
        .option(...json)
        .action(
          perform(async (run: string, decision: string, option: string, flags) =>
            (await import("./commands/grade.ts")).gradeCommand(run, decision, option, flags, context),
          ),
        ),
    trust: () =>
      command("trust", "what was learned about the agents: ability, trust, reliability")
        .option("--agent <name>", "one agent in full")
        .option(...json)
        .action(perform(async (flags) => (await import("./commands/trust.ts")).trustCommand(flags, context))),
    check: () =>
      command("check <task>", "check a task file and name everything that is wrong with it")
        .option(...json)
        .action(
          perform(async (task: string, flags) =>
            (await import("./commands/check.ts")).checkCommand(task, flags, context),
          ),
        ),
    plan: () =>
      command("plan <task>", "show what would run: steps, agents, models, memory")
        .option("-i, --input <name=value>", "an input of the task, as for run", input)
        .option("--vram <size>", "memory for all models together, such as 8GB", memorySize)
        .option("--mermaid", "print the steps as a Mermaid flowchart")
        .option(...json)
        .action(
          perform(async (task: string, flags) =>
            (await import("./commands/plan.ts")).planCommand(task, flags, context),
          ),
        ),
    doctor: () =>
      command("doctor", "check this machine: Node, home folder, disk, engine, models, NATS")
        .option("--nats <url>", "check this NATS server too", natsUrl)
        .option("--task <file>", "check the endpoints of this task's remote models too")
        .option(...json)
        .action(perform(async (flags) => (await import("./commands/doctor.ts")).doctor(flags, context))),
    models: () => {
      const about = command("models", "list the models that a task can name");
      about
        .option("--task <task>", "those of a task too")
        .option("--folder <folder>", "the GGUF files of a folder too")
        .option(...json)
        .action(
          perform(async (flags, inner: Command) => {
            refuseWords(inner);
            return (await import("./commands/models.ts")).listModels(flags, context);
          }),
        );
      about
        .command("inspect <model>")
        .description(
          "the dimensions of a file, a shipped voter or a model of a task, and the memory it takes",
        )
        .option("--task <task>", "where a model of a task is meant")
        .option(...json)
        .action(
          perform(async (model: string, _flags, inner: Command) =>
            (await import("./commands/models.ts")).inspectModel(model, inner.optsWithGlobals(), context),
          ),
        );
      about
        .command("verify [models...]")
        .description("hold the files against the checksums on record")
        .option(...json)
        .action(
          perform(async (models: string[], _flags, inner: Command) =>
            (await import("./commands/models.ts")).verifyCommand(models, inner.optsWithGlobals(), context),
          ),
        );
      // At the end: a command that is described later would inherit it.
      about.allowExcessArguments();
    },
    eval: () => {
      const about = command("eval", "measure on recorded answers");
      about
        .command("votes <file>")
        .description("replay recorded votes under every rule: would voting have helped?")
        .option("--team <names>", "a team, its agents separated by commas; may be given several times", team)
        .option("--teams <count>", "so many random teams; 20 where no team is named", some)
        .option("--size <agents>", "agents in a random team", some, 5)
        .option("--threshold <share>", "least share of the winner", share, 0.67)
        .option("--byzantine <count>", "so many of each team collude and lie", whole, 0)
        .option("--turncoat", "the liars are honest for the first half")
        .option("--seed <number>", "what all chance follows from", whole, 1)
        .option("--resamples <count>", "draws of the bootstrap", some, 2000)
        .option(...json)
        .action(
          perform(async (file: string, flags) =>
            (await import("./commands/eval.ts")).evalVotes(file, flags, context),
          ),
        );
    },
    init: () =>
      command("init [folder]", "write a first task file to start from")
        .option(...json)
        .action(
          perform(async (folder: string | undefined, flags) =>
            (await import("./commands/init.ts")).init(folder ?? ".", flags, context),
          ),
        ),
  };
  const named = Object.entries(commands).filter(([name]) => name === firstWord);
  for (const [, describe] of named.length > 0 ? named : Object.entries(commands)) describe();
  return root;
};

/** A word behind a command that has others and does something by itself: commander takes it for an argument too many. */
const refuseWords = (command: Command): void => {
  const [word] = command.args;
  if (word === undefined) return;
  const names = command.commands.map((inner) => inner.name());
  const near = nearest(word, names);
  const hint =
    near === undefined ? `(Commands of ${command.name()}: ${names.join(", ")})` : `(Did you mean ${near}?)`;
  command.error(`error: unknown command '${word}'\n${hint}`, { code: "commander.unknownCommand" });
};

/** What commander has printed already needs an exit code only. */
export const usageExit = (error: CommanderError): ExitCode =>
  error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
