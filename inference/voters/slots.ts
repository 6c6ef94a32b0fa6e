import type { Corpus } from "./corpus.ts";
import type { Random } from "./random.ts";

const SYLLABLES = [
  "ba",
  "ker",
  "lo",
  "mi",
  "tran",
  "sol",
  "ved",
  "ra",
  "no",
  "qui",
  "pel",
  "dor",
  "ix",
  "um",
  "sta",
  "gre",
  "fi",
  "zan",
  "ho",
  "cu",
  "tel",
  "mar",
] as const;
const USERS = [
  "root",
  "admin",
  "guest",
  "oracle",
  "test",
  "deploy",
  "jsmith",
  "backup",
  "www",
  "postgres",
  "ubuntu",
  "svc-batch",
] as const;
const FOLDERS = ["var", "log", "etc", "usr", "lib", "data", "opt", "home", "tmp", "srv", "mnt"] as const;
const ENDINGS = ["log", "conf", "xml", "db", "sock", "tmp", "gz", "yaml", "pid"] as const;
const UNITS = ["", "", "", "s", "ms", "MB", "KB", "%"] as const;

/** Values for the slots of templates. */
export type Slots = {
  readonly fill: (text: string) => string;
  readonly className: () => string;
  readonly madeUpWord: () => string;
  readonly hostName: () => string;
  readonly number: () => string;
};

/** Fills slots with values that look real. A slot that is not known becomes a made-up word. */
export const createSlots = (random: Random, corpus: Corpus): Slots => {
  const digits = (): string => String(random.below(10 ** (1 + random.below(6))));
  const hex = (length: number): string =>
    Array.from({ length }, () => random.below(16).toString(16)).join("");
  const ip = (): string =>
    [10 + random.below(200), random.below(256), random.below(256), random.below(256)].join(".");
  const of = (items: readonly string[]): string => items[random.below(items.length)] ?? "";
  const madeUpWord = (): string =>
    Array.from({ length: 2 + random.below(2) }, () => random.pick(SYLLABLES)).join("");
  // A value is sometimes an ordinary word, so that a slot is not known by its odd spelling.
  const word = (): string => (random.chance(0.5) ? madeUpWord() : of(corpus.firstParts).toLowerCase());
  const className = (): string =>
    `${of(corpus.firstParts)}${random.chance(0.3) ? of(corpus.firstParts) : ""}${of(corpus.lastParts)}`;
  const host = (): string => `${word()}-${random.below(99)}${random.chance(0.3) ? ".example.com" : ""}`;
  const path = (): string =>
    `/${random.pick(FOLDERS)}/${word()}/${word()}${random.chance(0.6) ? `.${random.pick(ENDINGS)}` : ""}`;
  const values: Readonly<Record<string, () => string>> = {
    num: () => digits(),
    size: () => `${digits()}${random.pick(UNITS)}`,
    bytes: digits,
    pid: digits,
    port: () => String(1 + random.below(65_535)),
    ms: () => `${digits()}${random.pick([" ms", "ms", "s", ""])}`,
    pct: () => `${random.below(101)}%`,
    ip: () => (random.chance(0.2) ? `/${ip()}:${1024 + random.below(60_000)}` : ip()),
    mac: () => Array.from({ length: 6 }, () => hex(2)).join(":"),
    hex: () => `0x${hex(4 + random.below(12))}`,
    uuid: () => [8, 4, 4, 4, 12].map(hex).join("-"),
    blk: () => `blk_${random.chance(0.3) ? "-" : ""}${digits()}${digits()}${digits()}`,
    user: () => (random.chance(0.6) ? random.pick(USERS) : word()),
    path,
    file: () => `${word()}.${random.pick(ENDINGS)}`,
    url: () => `https://${host()}${path()}`,
    host,
    node: host,
    dev: () => random.pick(["sda", "sdb1", "nvme0n1", "dm-3", "vdb", "md0"]),
    iface: () => random.pick(["eth0", "ens3", "bond0", "wlan0", "br-int", "em1"]),
    date: () => `2${random.below(2)}${10 + random.below(20)}-0${1 + random.below(9)}-1${random.below(10)}`,
    version: () => `${random.below(12)}.${random.below(20)}.${random.below(9)}`,
    class: className,
    pod: () => `${word()}-${hex(5)}`,
    method: () => random.pick(["GET", "POST", "PUT", "DELETE", "HEAD"]),
  };
  return {
    fill: (text) => text.replace(/\{(\w+)\}/g, (_, name: string) => (values[name] ?? word)()),
    className,
    madeUpWord,
    hostName: host,
    number: digits,
  };
};
