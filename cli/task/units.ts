import { SwarmError } from "../../coordination/protocol/errors.ts";

const MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
/** Memory comes in powers of two, whatever its units are called: a GPU of 8GB has 8 GiB. */
const MEMORY = {
  B: 1,
  KB: 1024,
  MB: 1024 ** 2,
  GB: 1024 ** 3,
  TB: 1024 ** 4,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
  TiB: 1024 ** 4,
} as const;
const COUNTS = { "": 1, k: 1e3, M: 1e6 } as const;

export const durationPattern = /^\d{1,9}(?:\.\d{1,3})?(?:ms|s|m|h|d)$/;
export const sizePattern = /^\d{1,9}(?:\.\d{1,3})?(?:B|[KMGT]i?B)$/;
export const countPattern = /^\d{1,12}(?:\.\d{1,3})?[kM]?$/;

/** Milliseconds of `90s`, `10m`. */
export const durationMs = (text: string): number => inUnits(text, MS);

/** Bytes of memory: `8GB` is `8GiB`, and so is `8192MiB`. */
export const memoryBytesOf = (text: string): number => inUnits(text, MEMORY);

/** The number of `200k`, or the number itself. */
export const countOf = (text: string | number): number =>
  typeof text === "number" ? text : inUnits(text, COUNTS);

const inUnits = (text: string, units: Readonly<Record<string, number>>): number => {
  const digits = /^[\d.]+/.exec(text)?.[0] ?? "";
  const unit = units[text.slice(digits.length)];
  if (digits === "" || unit === undefined)
    throw new SwarmError("BAD_TASK", `${text} is no quantity; write for instance 10m, 8GB or 200k`);
  return Math.round(Number(digits) * unit);
};
