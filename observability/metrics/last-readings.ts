import type { Reading } from "../../coordination/protocol/diagnostics.ts";

type Circuit = Extract<Reading, { readonly type: "circuit" }>;

/**
 * What those who are gone told last, as far as nobody tells it anew: a short run is over before anybody looks. A group stands as it
 * stood last, and so does an endpoint's circuit; the mailboxes of actors that are no more are empty.
 */
export const lastReadings = () => {
  let replicas: readonly Reading[] = [];
  let circuits: readonly Circuit[] = [];
  const actors = new Map<string, Reading>();
  return {
    keep: (readings: readonly Reading[]): void => {
      if (readings.some(isReplica)) replicas = readings.filter(isReplica);
      circuits = [...untold(circuits, readings), ...readings.filter(isCircuit)];
      for (const reading of readings)
        if (reading.type === "actor") actors.set(reading.name, { ...reading, isAgent: false, mailbox: 0 });
    },
    /** `living`: what is told by those who are there. */
    readings: (living: readonly Reading[]): readonly Reading[] => [
      ...replicas,
      ...untold(circuits, living),
      ...actors.values(),
    ],
  };
};

/** The circuits of endpoints of which the readings tell nothing. */
const untold = (circuits: readonly Circuit[], readings: readonly Reading[]): readonly Circuit[] => {
  const told = new Set(readings.filter(isCircuit).map(({ provider }) => provider));
  return circuits.filter(({ provider }) => !told.has(provider));
};

export const isReplica = (reading: Reading): boolean => reading.type === "replica";

const isCircuit = (reading: Reading): reading is Circuit => reading.type === "circuit";
