import { isFlagUrl, shownUrl, type OtlpSettings } from "../../observability/otlp/settings.ts";
import { shellWord } from "../output.ts";

/**
 * The command that sends a trace again, to the same place and with the same in it. An address of the environment that `--otlp` would not take as
 * it is, or that holds a password, is left to the environment.
 */
export const resendCommand = (
  run: string,
  otlp: Pick<OtlpSettings, "url" | "namedBy">,
  content: boolean,
): string => {
  const shown = shownUrl(otlp);
  const isTold = otlp.namedBy === "flag" || (shown === otlp.url && isFlagUrl(otlp.url));
  return `swarm trace ${run} --otlp${isTold ? ` ${shellWord(shown)}` : ""}${content ? " --trace-content" : ""}`;
};
