import type { DecidedRow, Row } from "../../coordination/protocol/row.ts";

/** Measures a row; `decided` is the same, where it is a turn that came to its end. */
export type RowReading = (row: Row, decided: DecidedRow | undefined) => void;
