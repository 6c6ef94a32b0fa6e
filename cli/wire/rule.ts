import type { EventLog } from "../../coordination/log/log.ts";
import type { Outcome } from "../../coordination/protocol/decision-messages.ts";
import { SwarmError } from "../../coordination/protocol/errors.ts";
import type { RunId } from "../../coordination/protocol/ids.ts";
import { hasEnded } from "../decisions/ended.ts";
import { findDecision } from "../decisions/find.ts";
import { waitingIn } from "../decisions/waiting.ts";
import { suggest } from "../task/nearest.ts";

export type PersonsWord = {
  readonly decision: string;
  readonly option: string;
  readonly reason: string | undefined;
  readonly version: string;
  /** Microseconds since 1970. */
  readonly atUs: number;
};

/**
 * Records what a person says about a decision that waits for it; the run's lease must be held. Resolves when it is on disk. Said twice alike, it is
 * recorded once. Throws `BAD_USAGE` for a decision that does not wait, an option that was not offered, and another word than the first.
 */
export const rulingOn = async (
  log: EventLog,
  run: RunId,
  { decision: name, option, reason, version, atUs }: PersonsWord,
): Promise<void> => {
  const { opened, outcome } = findDecision(log, run, name);
  const waiting = waitingIn(log, run).find(({ decision }) => decision === name);
  if (!opened.options.includes(option)) {
    const hint = suggest(option, opened.options) ?? `choose one of ${opened.options.join(", ")}`;
    throw new SwarmError("BAD_USAGE", `"${option}" is no option of ${name}; ${hint}`);
  }
  if (waiting === undefined) {
    const why = outcome === undefined ? whyOpen(hasEnded(log, run)) : `is over: ${howOver(outcome)}`;
    throw new SwarmError("BAD_USAGE", `${name} waits for nobody: it ${why}`);
  }
  if (waiting.ruled === option) return;
  if (waiting.ruled !== null) {
    const message = `${name} was ruled "${waiting.ruled}" before, and a ruling is taken once; nothing changed`;
    throw new SwarmError("BAD_USAGE", message);
  }
  const why = reason === undefined ? {} : { reason };
  await log.durable(
    run,
    log.append({ type: "ruled", run, atUs, swarm: version, decision: name, option, ...why }),
  );
};

const whyOpen = (isOver: boolean): string =>
  isOver
    ? "was open when the run ended, and nothing goes on with that"
    : "is still with its voters; wait until it needs a person";

const howOver = ({ settled, option, reason }: Outcome): string =>
  settled ? `settled on ${option}` : `not settled, ${reason}`;
