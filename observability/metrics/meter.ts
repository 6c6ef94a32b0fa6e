import type { RunId } from "../../coordination/protocol/ids.ts";
import type { CounterName, GaugeName, HistogramName, LabelsOf } from "./catalogue.ts";

/** Takes measurements, by the names of the catalogue. */
export type Meter = {
  readonly count: <Name extends CounterName>(name: Name, labels: LabelsOf<Name>, by?: number) => void;
  /** `run`: the run that the observation belongs to, whose trace it then points to. */
  readonly observe: <Name extends HistogramName>(
    name: Name,
    labels: LabelsOf<Name>,
    value: number,
    run?: RunId,
  ) => void;
  /** Begins a series at 0: the first observation of one that is not there yet is no increase to whoever reads it. */
  readonly open: <Name extends HistogramName>(name: Name, labels: LabelsOf<Name>) => void;
  readonly set: <Name extends GaugeName>(name: Name, labels: LabelsOf<Name>, value: number) => void;
  /** Forgets every value of a gauge. */
  readonly clear: (name: GaugeName) => void;
};

/** Microseconds between two rows in seconds. Clocks of two processes may differ: never less than 0. */
export const secondsBetween = (fromUs: number, toUs: number): number => Math.max(0, toUs - fromUs) / 1e6;
