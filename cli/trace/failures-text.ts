import { printable, type Output } from "../output.ts";
import { durationText } from "./duration.ts";
import type { Failure } from "./failures.ts";

/** What failed and why, for a terminal; `startUs` is when the run began. */
export const failuresText = (
  failures: readonly Failure[],
  startUs: number,
  { paintResult: paint }: Pick<Output, "paintResult">,
): string => {
  if (failures.length === 0) return "nothing failed\n";
  const blocks = failures.map(({ what, code, message, where, atUs, count }) => {
    const often = count === 1 ? "" : `, ${count} times, first`;
    const place = `  in ${where}${often} after ${durationText(atUs - startUs)}`;
    // What is not ours is made printable first: colours are not.
    return [
      `${paint("red", printable(code))}  ${printable(what)}`,
      printable(`  ${message}`),
      printable(place),
    ].join("\n");
  });
  return `${blocks.join("\n\n")}\n`;
};
