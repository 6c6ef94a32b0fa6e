import type { Severity } from "./prompt.ts";
import type { Random } from "./random.ts";
import type { Slots } from "./slots.ts";

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"] as const;
const DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"] as const;
const UPPER = {
  info: ["INFO", "DEBUG", "NOTICE"],
  warning: ["WARN", "WARNING"],
  error: ["ERROR", "ERR"],
  critical: ["FATAL", "CRITICAL", "SEVERE"],
} as const;
const LOWER = { info: "info", warning: "warn", error: "error", critical: "crit" } as const;
const LETTER = { info: "I", warning: "W", error: "E", critical: "F" } as const;
const POSTGRES = { info: "LOG", warning: "WARNING", error: "ERROR", critical: "PANIC" } as const;

type Entry = { readonly severity: Severity; readonly program: string; readonly message: string };
type Style = (entry: Entry, random: Random, slots: Slots) => string;

const two = (value: number): string => String(value).padStart(2, "0");
const clock = (random: Random): string =>
  `${two(random.below(24))}:${two(random.below(60))}:${two(random.below(60))}`;
const isoDay = (random: Random): string =>
  `20${two(random.below(27))}-${two(1 + random.below(12))}-${two(1 + random.below(28))}`;
const syslogTime = (random: Random): string =>
  `${random.pick(MONTHS)} ${String(1 + random.below(28)).padStart(2)} ${clock(random)}`;
const logger = (random: Random, slots: Slots): string =>
  random.pick([
    `org.example.${slots.madeUpWord()}.${slots.className()}`,
    slots.className(),
    `${slots.madeUpWord()}.${slots.className()}`,
  ]);

const STYLES: readonly [Style, ...(readonly Style[])] = [
  ({ message }) => message,
  ({ program, message }) => `${program}: ${message}`,
  ({ program, message }, random, slots) =>
    `${syslogTime(random)} ${slots.hostName()} ${program}[${slots.number()}]: ${message}`,
  ({ program, message }, random, slots) => `${syslogTime(random)} ${slots.hostName()} ${program}: ${message}`,
  ({ message }, random, slots) =>
    `${syslogTime(random)} ${slots.hostName()} kernel: [${slots.number()}.${slots.number()}] ${message}`,
  ({ program, message }, random, slots) =>
    `<${random.below(191)}>1 ${isoDay(random)}T${clock(random)}.003Z ${slots.hostName()} ${program} - - - ${message}`,
  ({ severity, message }, random, slots) =>
    `${isoDay(random)} ${clock(random)},123 ${random.pick(UPPER[severity])} ${logger(random, slots)}: ${message}`,
  ({ severity, message }, random, slots) =>
    `${isoDay(random)} ${clock(random)},123 ${random.pick(UPPER[severity])} [main] ${logger(random, slots)} - ${message}`,
  ({ severity, message }, random, slots) =>
    `${isoDay(random)} ${clock(random)} - ${random.pick(UPPER[severity])} [${slots.className()}:${slots.className()}@${slots.number()}] - ${message}`,
  ({ severity, message }, random, slots) =>
    `17/06/09 ${clock(random)} ${random.pick(UPPER[severity])} ${slots.className()}: ${message}`,
  ({ severity, program, message }, random) =>
    `[${random.pick(DAYS)} ${syslogTime(random)} 2024] [${LOWER[severity]}] [pid 12] ${program}: ${message}`,
  ({ severity, message }, random, slots) =>
    `${isoDay(random)} ${clock(random)} [${LOWER[severity]}] ${slots.number()}#0: *${slots.number()} ${message}`,
  ({ severity, message }, random, slots) =>
    `${isoDay(random)} ${clock(random)}.123 UTC [${slots.number()}] ${POSTGRES[severity]}:  ${message}`,
  ({ severity, program, message }, random, slots) =>
    `${LETTER[severity]}0${1 + random.below(9)}12 ${clock(random)}.123456 ${slots.number()} ${program}.go:${random.below(900)}] ${message}`,
  ({ severity, message }, random, slots) =>
    `03-17 ${clock(random)}.811  1702  ${slots.number()} ${LETTER[severity]} ${slots.className()}: ${message}`,
  ({ severity, program, message }, random) => `${random.pick(UPPER[severity])}:${program}:${message}`,
  ({ severity, program, message }, random) =>
    JSON.stringify({
      ts: `${isoDay(random)}T${clock(random)}Z`,
      level: LOWER[severity],
      logger: program,
      msg: message,
    }),
  ({ severity, message }, random) =>
    `time="${isoDay(random)}T${clock(random)}Z" level=${LOWER[severity]} msg="${message}"`,
  ({ severity, program, message }, random) =>
    `- 11178385${two(random.below(99))} ${isoDay(random)} R02-M1-N0 RAS ${program.toUpperCase()} ${random.pick(UPPER[severity])} ${message}`,
  ({ severity, program, message }, random) =>
    `${isoDay(random)} ${clock(random)}, ${severity === "info" ? "Info" : "Error"}                  ${program}    ${message}`,
  ({ severity, program, message }, random, slots) =>
    `${isoDay(random)} ${clock(random)}.008 ${slots.number()} ${random.pick(UPPER[severity])} ${program}.${slots.madeUpWord()} [req-${slots.number()} - - -] ${message}`,
];

/** Puts a message behind a header as one of many kinds of software writes it. */
export const wrap = (entry: Entry, random: Random, slots: Slots): string =>
  random.pick(STYLES)(entry, random, slots);
