import type { Reading } from "../../coordination/protocol/diagnostics.ts";

export type ReplicaReading = Extract<Reading, { readonly type: "replica" }>;
type Circuit = Extract<Reading, { readonly type: "circuit" }>;

/**
 * What those who are gone told last, as far as nobody tells it anew: a short run is over before anybody looks. The logs of a group
 * stay as they were last, though nobody leads it or follows; so does an endpoint's circuit. The mailboxes of actors that are no more
 * are empty.
 */
export const lastReadings = () => {
  let replicas: readonly ReplicaReading[] = [];
  let circuits: readonly Circuit[] = [];
  const actors = new Map<string, Reading>();
  return {
    keep: (readings: readonly Reading[]): void => {
      if (readings.some(isReplica)) replicas = readings.filter(isReplica).map(gone);
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

export const isReplica = (reading: Reading): reading is ReplicaReading => reading.type === "replica";

const isCircuit = (reading: Reading): reading is Circuit => reading.type === "circuit";

/** The role of a replica that has ended. */
export const noRole = "none";

const gone = (replica: ReplicaReading): ReplicaReading => ({ ...replica, role: noRole });
