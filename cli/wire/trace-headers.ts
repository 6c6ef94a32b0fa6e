import type { BusHeaders } from "../../coordination/bus/bus.ts";
import type { Envelope } from "../../coordination/protocol/envelope.ts";
import type { RunId } from "../../coordination/protocol/ids.ts";
import { traceIds, traceparentOf } from "../../observability/trace-ids.ts";
import { sha256 } from "./digest.ts";

/** The W3C trace context of each envelope of a run. Its name is lower case, since NATS clients tell the cases apart. */
export const traceHeaders = (run: RunId): ((envelope: Envelope) => BusHeaders) => {
  const ids = traceIds(run, sha256);
  return ({ id }) => ({ traceparent: [traceparentOf(ids, id)] });
};
