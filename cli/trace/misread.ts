import { misreadVariables } from "../../observability/otlp/misread.ts";
import { printable, type Output } from "../output.ts";
import type { Settings } from "../wire/settings.ts";

/** Says which standard variables about traces are not heeded. `flag`: the address of the command line. */
export const noteMisread = (
  flag: string | undefined,
  { environment }: Settings,
  output: Pick<Output, "note">,
): void => {
  for (const sentence of misreadVariables(flag, environment)) output.note(printable(sentence));
};
