import type { MapProgress } from "../../actors/workflow/progress.ts";
import type { RunEvent } from "../../observability/events.ts";
import { printable, type Output } from "../output.ts";

/** Shows a run while it goes on. */
export type View = {
  event(event: RunEvent): void;
  progress(progress: readonly MapProgress[]): void;
  close(): void;
};

/** How many of the newest ballots and answers a terminal shows. */
const shownNews = 6;

/** For a terminal: the steps that run, how far each list is, and the newest ballots as they land. */
export const liveView = (output: Output): View => {
  const open = new Map<string, string>();
  let counts = { ballots: 0, settled: 0, escalated: 0 };
  let news: readonly string[] = [];
  let bars: readonly string[] = [];
  const { paint } = output;

  const tell = (line: string) => (news = [...news, line].slice(-shownNews));
  const draw = () => {
    const working = [...open]
      .slice(-3)
      .map(([step, who]) => `  ${paint("cyan", "▸")} ${step} ${paint("dim", who)}`);
    const more = open.size > 3 ? [paint("dim", `    and ${open.size - 3} more`)] : [];
    const tallies = `  ${counts.ballots} ballots · ${counts.settled} settled · ${counts.escalated} not settled`;
    // On a small terminal the news give way, the oldest first.
    const room = output.liveRows - bars.length - working.length - more.length - 1;
    const newest = news.slice(Math.max(0, news.length - Math.max(0, room)));
    output.live([...bars, ...working, ...more, ...newest, paint("dim", tallies)]);
  };

  return {
    event: (event) => {
      switch (event.type) {
        case "step.started":
          open.set(event.step, event.agent);
          break;
        case "step.completed":
          open.delete(event.step);
          tell(
            `  ${paint("green", "✓")} ${event.step}: ${oneLine(event.output)}${paint("dim", percent(event.confidence))}`,
          );
          break;
        case "decision.opened":
          open.set(event.decision, event.voters.join(", "));
          break;
        case "ballot.cast":
          counts = { ...counts, ballots: counts.ballots + 1 };
          tell(
            `  ${paint("dim", "·")} ${roundOf(event)}: ${event.voter} → ${choiceOf(event, "abstains")}${paint("dim", percent(event.confidence))}`,
          );
          break;
        case "decision.settled": {
          const { decision, settled, option, reason, confidencePpm } = event.outcome;
          open.delete(decision);
          counts = settled
            ? { ...counts, settled: counts.settled + 1 }
            : { ...counts, escalated: counts.escalated + 1 };
          tell(
            settled
              ? `  ${paint("green", "✓")} ${decision}: ${oneLine(option ?? "")}${paint("dim", percent(confidencePpm / 1e6))}`
              : `  ${paint("yellow", "?")} ${decision}: not settled, ${reason}`,
          );
          break;
        }
        case "inference.retried":
          tell(`  ${paint("yellow", "↻")} ${event.step}: ${retryWords(event)}`);
          break;
        case "inference.failed":
          tell(`  ${paint("yellow", "✗")} ${event.step}: ${event.agent}: ${oneLine(event.message)}`);
          break;
        case "decision.continued":
          if (event.kind === "person") open.delete(event.decision);
          tell(`  ${paint("yellow", "?")} ${event.decision}: ${continuedWords(event)}`);
          break;
        case "decision.ruled":
          tell(`  ${paint("green", "✓")} ${event.decision}: ${ruledWords(event)}`);
          break;
        case "decision.ungraded":
          tell(`  ${paint("yellow", "✗")} ${event.decision}: ${ungradedWords(event)}`);
          break;
        case "actor.failed":
          output.note(paint("red", `  ${event.actor} failed: ${oneLine(event.message)}`));
          break;
        default:
      }
      draw();
    },
    progress: (progress) => {
      bars = progress.filter(({ size }) => size > 1).map((map) => `  ${bar(map)}`);
      draw();
    },
    close: () => output.live([]),
  };
};

/** For pipes and files: one line a step outside of lists, and how far a list is, every few seconds. */
export const plainView = (output: Output): View => {
  const told = new Map<string, { readonly size: number; readonly tenth: number }>();
  /** Why commands told no truth, each reason once: in a list all of them fail alike. */
  const troubles = new Set<string>();
  return {
    event: (event) => {
      if (event.type === "actor.failed") output.note(`${event.actor} failed: ${oneLine(event.message)}`);
      if (event.type === "inference.retried" && !event.step.includes("["))
        output.note(`${event.step}: ${retryWords(event)}`);
      if (event.type === "inference.failed" && !event.step.includes("["))
        output.note(`${event.step}: ${event.agent}: ${oneLine(event.message)}`);
      if (event.type === "step.completed" && !event.step.includes("["))
        output.note(`${event.step}: ${oneLine(event.output)}${percent(event.confidence)}`);
      if (event.type === "ballot.cast" && !event.decision.includes("[")) {
        output.note(
          `${roundOf(event)}: ${event.voter} votes ${choiceOf(event, "nothing")}${percent(event.confidence)}`,
        );
      }
      if (event.type === "decision.continued" && !event.decision.includes("["))
        output.note(`${event.decision}: ${continuedWords(event)}`);
      // Persons are few enough to be told of in lists as well.
      if (event.type === "decision.ruled") output.note(`${event.decision}: ${ruledWords(event)}`);
      if (event.type === "decision.ungraded" && !troubles.has(event.reason)) {
        troubles.add(event.reason);
        output.note(`${event.decision}: ${ungradedWords(event)}`);
      }
      if (event.type === "decision.settled" && !event.outcome.decision.includes("[")) {
        const { decision, settled, option, reason } = event.outcome;
        output.note(
          settled
            ? `${decision}: settled on ${oneLine(option ?? "")}`
            : `${decision}: not settled, ${reason}`,
        );
      }
    },
    progress: (progress) => {
      for (const { step, size, finished } of progress) {
        const tenth = Math.floor((finished * 10) / Math.max(1, size));
        if (size < 2 || told.get(step)?.tenth === tenth) continue;
        told.set(step, { size, tenth });
        output.note(`${step}: ${finished} of ${size}`);
      }
      // A list is in the works until all of it is done.
      for (const [step, { size }] of told) {
        if (progress.some((one) => one.step === step)) continue;
        told.delete(step);
        output.note(`${step}: ${size} of ${size}`);
      }
    },
    close: () => undefined,
  };
};

/** For programs: one JSON document a line, on stdout. Each names its run: lines of several may end up in one place. */
export const jsonView = (output: Output, run: string): View => ({
  event: ({ type, ...told }) => {
    if (type !== "run.finished") output.result(`${JSON.stringify({ type, run, ...told })}\n`);
  },
  progress: () => undefined,
  close: () => undefined,
});

type Continued = Extract<RunEvent, { type: "decision.continued" }>;

/** Why a round settled nothing, and what follows it. Of votes that only advise nobody expects that they settle. */
const continuedWords = ({ reason, kind }: Continued): string =>
  reason === null || reason === "no-ruling" ? nextWords[kind] : `${reason}, ${nextWords[kind]}`;

const nextWords: Readonly<Record<Continued["kind"], string>> = {
  revote: "vote again",
  debate: "the voters hear each other",
  judge: "the judge rules",
  person: "waits for a person",
};

/** A ballot of a later round says so, or it would pass for one of the first. */
const roundOf = ({ decision, round }: Extract<RunEvent, { type: "ballot.cast" }>): string =>
  round === 0 ? decision : `${decision}, round ${round + 1}`;

const choiceOf = (
  { option, reason }: Extract<RunEvent, { type: "ballot.cast" }>,
  none: "abstains" | "nothing",
): string => (option === null ? `${none}, ${oneLine(reason ?? "")}` : oneLine(option));

const ruledWords = ({ option, reason }: Extract<RunEvent, { type: "decision.ruled" }>): string =>
  `a person rules ${oneLine(option)}${reason === null || reason === "" ? "" : `, ${oneLine(reason)}`}`;

const ungradedWords = ({ reason }: Extract<RunEvent, { type: "decision.ungraded" }>): string =>
  `the command told no truth: ${oneLine(reason)}`;

const bar = ({ step, size, finished }: MapProgress): string => {
  const width = 24;
  const full = Math.round((finished * width) / Math.max(1, size));
  return `${step} ${"█".repeat(full)}${"░".repeat(width - full)} ${finished} of ${size}`;
};

const retryWords = ({
  agent,
  attempt,
  code,
  delayMs,
}: Extract<RunEvent, { type: "inference.retried" }>): string =>
  `${agent}: try ${attempt} failed (${code}), again in ${(delayMs / 1000).toFixed(1)} s`;

/** With a blank before it, since not every answer has a confidence. */
const percent = (share: number | null): string => (share === null ? "" : ` ${(share * 100).toFixed(1)} %`);

const oneLine = (text: string): string => {
  const line = printable(text.replace(/\s+/g, " ").trim());
  return line.length > 100 ? `${line.slice(0, 100)}…` : line;
};
