import type { Effect } from "../../coordination/protocol/effect.ts";
import type { Entry } from "../../coordination/protocol/decision-messages.ts";
import type { Message } from "../../coordination/protocol/message.ts";
import type { Row } from "../../coordination/protocol/row.ts";
import type { Watch } from "./tampering.ts";

/** Prints a simulation as it goes: a line a row, and one for each death and recovery. */
export const traceTo = (print: (line: string) => void): Watch => {
  let beganUs: number | undefined;
  return {
    appended: (row, position) => {
      beganUs ??= row.atUs;
      const seconds = ((row.atUs - beganUs) / 1e6).toFixed(3).padStart(9);
      print(`${seconds}  ${String(position).padStart(4)}  ${describeRow(row)}`);
    },
    died: (because, rows) => print(`---- ${because}: ${rows} rows are on disk`),
    recovered: ({ position, outstanding }) => {
      if (position > 0) print(`---- recovered up to row ${position}, ${outstanding.size} debts left`);
    },
  };
};

const describeRow = (row: Row): string => {
  switch (row.type) {
    case "header":
      return `header, seed ${row.seed}`;
    case "resumed":
      return "resumed";
    case "ruled":
      return `a person ruled ${row.option} on ${row.decision}`;
    case "finished":
      return `finished: ${row.outcome}${row.message === undefined ? "" : `, ${row.message}`}`;
    case "turn": {
      const decided =
        "failed" in row
          ? `FAILED ${row.failed.code}: ${row.failed.message}`
          : row.effects.map(describeEffect).join(", ");
      return `${row.actor}#${row.seq}  ${describeMessage(row.input)} -> ${decided === "" ? "nothing" : decided}`;
    }
  }
};

const describeEffect = (effect: Effect): string => {
  switch (effect.type) {
    case "send":
      return `send ${describeMessage(effect.body)} to ${effect.to}`;
    case "startTimer":
      return `startTimer ${effect.timer} ${effect.ms} ms`;
    case "cancelTimer":
      return `cancelTimer ${effect.timer}`;
    case "runCommand":
      return `runCommand ${effect.command.join(" ")}`;
    case "generate":
    case "restoreSequence":
    case "saveSequence":
    case "abortGeneration":
      return `${effect.type} ${effect.request}`;
    case "loadModel":
    case "evictModel":
      return `${effect.type} ${effect.model}`;
    case "propose":
      return `propose ${describeEntry(effect.entry)}`;
    case "endRun":
      return `endRun ${effect.outcome}`;
    case "stop":
      return "stop";
    case "suspend":
      return `suspend for ${effect.decisions.join(", ")}`;
  }
};

const describeMessage = (message: Message): string => {
  switch (message.type) {
    case "entry.committed":
      return `${message.type} ${message.index} ${describeEntry(message.entry)}`;
    case "inference.completed":
      return `${message.type} ${message.request} ${JSON.stringify(message.reply.text)}`;
    case "inference.failed":
      return `${message.type} ${message.request} ${message.failure.code}`;
    case "timer.fired":
      return `${message.type} ${message.timer}`;
    case "delivery.failed":
      return `${message.type} ${message.id} ${message.code}`;
    default:
      return message.type;
  }
};

const describeEntry = (entry: Entry): string =>
  entry.type === "ballot.cast"
    ? `${entry.type} ${entry.decision} ${entry.voter} ${entry.option ?? "abstains"}`
    : `${entry.type} ${entry.decision}`;
