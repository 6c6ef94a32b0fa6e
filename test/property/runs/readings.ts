import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Span } from "../../../observability/span.ts";
import type { OtlpReceiver } from "../../support/otlp-receiver.ts";
import type { ReceivedSpan } from "../../support/otlp.ts";
import { command } from "./command.ts";

type Sums = Readonly<Record<string, { readonly calls: number }>>;

/** The last event of a process that drove a run. */
export type End = {
  readonly type: string;
  readonly run: string;
  readonly outcome: string;
  readonly exit: number;
  readonly message?: string;
  readonly outputs: object;
  readonly waiting?: readonly { readonly decision: string; readonly options: readonly string[] }[];
  readonly usage: {
    readonly calls: number;
    readonly promptTokens: number;
    readonly outputTokens: number;
    readonly agents: Sums;
    readonly models: Sums;
    readonly steps: Sums;
  };
};

export type Settled = {
  readonly decision: string;
  readonly settled: boolean;
  readonly reason?: string;
  readonly ballots: readonly { readonly status: string }[];
};

export type RunEvent = { readonly type: string; readonly step?: string; readonly outcome?: Settled };

/** What one process has driven, and all that the product says of the run after it. */
export type Readings = {
  /** Whether it drove the run from its beginning. */
  readonly isWhole: boolean;
  readonly code: number;
  readonly end: End;
  /** Of all processes so far. */
  readonly events: readonly RunEvent[];
  readonly show: {
    readonly status: string;
    readonly exit: number | null;
    readonly rows: number;
    readonly outputs: object;
    readonly usage: object;
    readonly decisions: readonly Settled[];
  };
  readonly spans: readonly Span[];
  /** As a collector got them while the run went on; absent where the machine was too busy to send all in time, which the run says. */
  readonly live: readonly ReceivedSpan[] | undefined;
  /** As it got them afterwards. */
  readonly later: readonly ReceivedSpan[];
  readonly chrome: readonly ChromeEvent[];
  readonly mermaid: string;
  readonly report: string;
  readonly metrics: string;
};

export type ChromeEvent = {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  readonly ts: number;
  readonly dur: number;
};

/** What the product says that nothing may cause. */
export class Fault extends Error {
  override readonly name = "Fault";
}

/** Rounds in which a person rules, at most: each ends at least one wait. */
const rulingsAtMost = 40;

/**
 * Runs the text of a task to its end by the command line, ruling where a person is waited for, and reads it in every way after each process.
 * Throws a `Fault` where a command fails that has no reason to.
 */
export const readingsOf = async (text: string, receiver: OtlpReceiver): Promise<readonly Readings[]> => {
  const cwd = mkdtempSync(join(tmpdir(), "swarm-runs-"));
  const said = async (...words: readonly string[]) => {
    const answer = await command(words, { cwd });
    if (answer.bug !== undefined) throw new Fault(`${words[0]}: a bug`, { cause: answer.bug });
    return answer;
  };
  const good = async (...words: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await said(...words);
    if (code !== 0) throw new Fault(`${words.join(" ")} ended with ${code}:\n${stdout}${stderr}`);
    return stdout;
  };
  try {
    writeFileSync(join(cwd, "task.yaml"), text);
    await good("check", "task.yaml");
    await good("plan", "task.yaml");
    const flags = ["--json", "--allow-commands", "--metrics-port", "0", "--otlp", receiver.url];
    const all: Readings[] = [];
    const spansSince = (from: number) => receiver.requests.slice(from).flatMap(({ spans }) => spans);
    let words = ["run", "task.yaml"];
    while (all.length < rulingsAtMost) {
      const before = receiver.requests.length;
      const { code, stdout, stderr } = await said(...words, ...flags);
      const printed = linesOf(stdout);
      const end = printed.at(-1);
      if (end === undefined || !isEnd(end))
        throw new Fault(`${words.join(" ")} tells no end:\n${stdout}${stderr}`);
      const live = stderr.includes("the trace is incomplete") ? undefined : spansSince(before);
      const after = receiver.requests.length;
      const { run } = end;
      await good("replay", run);
      await good("trace", run, "--otlp", receiver.url);
      for (const shown of [["show"], ["trace"], ["trace", "--errors"], ["trace", "--errors", "--json"]])
        await good(...shown, run);
      all.push({
        isWhole: all.length === 0,
        code,
        end,
        events: [...(all.at(-1)?.events ?? []), ...printed],
        show: JSON.parse(await good("show", run, "--json")),
        spans: JSON.parse(await good("trace", run, "--json")).spans,
        live,
        later: spansSince(after),
        chrome: JSON.parse(await good("trace", run, "--chrome", "-")).traceEvents,
        mermaid: await good("trace", run, "--mermaid"),
        report: await good("report", run, "--with-prompts", "--html", "-"),
        metrics: readFileSync(join(cwd, ".swarm", "runs", run, "metrics.prom"), "utf8"),
      });
      if (end.outcome !== "waiting") return all;
      const waiting = end.waiting ?? [];
      await good("explain", run, waiting[0]?.decision ?? "");
      // Each time half of what waits, so that a run is taken up more often.
      for (const { decision, options } of waiting.slice(0, Math.ceil(waiting.length / 2)))
        await good("approve", run, decision, options.at(-1) ?? "");
      words = ["resume", run];
    }
    throw new Fault(`the run still waits after ${rulingsAtMost} rulings`);
  } finally {
    rmSync(cwd, { recursive: true, force: true });
  }
};

const linesOf = (stdout: string): readonly RunEvent[] =>
  stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line): RunEvent => JSON.parse(line));

const isEnd = (event: RunEvent | End): event is End => event.type === "run.finished";
