import type { DownloadProgress } from "../../inference/llama/model-store.ts";
import type { Output } from "../output.ts";
import { printable } from "../output.ts";
import { sizeWords } from "../plan/model-sizes.ts";

/** A line without a terminal is written at each such part of a download. */
const TENTHS = 10;

/** Shows how far downloads are: on a terminal as it goes, else at each tenth. */
export const downloadProgress = (output: Output): ((progress: DownloadProgress) => void) => {
  const shown = new Map<string, number>();
  return ({ reference, doneBytes, totalBytes }) => {
    const part = totalBytes === 0 ? 0 : doneBytes / totalBytes;
    const line = `downloading ${printable(reference)}: ${sizeWords(doneBytes)} of ${sizeWords(totalBytes)}, ${Math.floor(part * 100)} %`;
    if (output.isLive) return output.live(part < 1 ? [line] : []);
    const tenth = Math.floor(part * TENTHS);
    if (shown.get(reference) !== tenth) output.note(line);
    shown.set(reference, tenth);
  };
};
