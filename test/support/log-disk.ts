import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const source = join(dirname(fileURLToPath(import.meta.url)), "log-disk.c");

/** Compiles the recorder of disk writes into a folder. `undefined` where there is no compiler or no preloading. */
export const compileRecorder = (dir: string): string | undefined => {
  const library = join(dir, "log-disk.so");
  try {
    execFileSync("gcc", ["-shared", "-fPIC", "-O1", "-o", library, source, "-ldl", "-lpthread"], {
      stdio: "pipe",
    });
    return process.platform === "linux" ? library : undefined;
  } catch {
    return undefined;
  }
};

/** What happened at the disk, in order. */
export type DiskEvent =
  | { readonly type: "write"; readonly offset: number; readonly data: Buffer; readonly synced: boolean }
  | { readonly type: "flush" }
  | { readonly type: "acknowledged"; readonly position: number };

export const readTrace = (path: string): readonly DiskEvent[] => {
  const bytes = readFileSync(path);
  const events: DiskEvent[] = [];
  for (let at = 0; at < bytes.length;) {
    const kind = String.fromCharCode(bytes[at] ?? 0);
    const synced = bytes[at + 1] === 1;
    const offset = Number(bytes.readBigUInt64LE(at + 2));
    const end = at + 14 + bytes.readUInt32LE(at + 10);
    const data = bytes.subarray(at + 14, end);
    if (kind === "W") events.push({ type: "write", offset, data, synced });
    else if (kind === "S") events.push({ type: "flush" });
    else events.push({ type: "acknowledged", position: Number(data.toString().trim()) });
    at = end;
  }
  return events;
};

const sectorBytes = 512;

/**
 * What the disk holds if the power is cut after `events`: all that was flushed, and of the rest whatever sectors
 * `survives` says, in any combination.
 */
export const diskAfterCut = (
  events: readonly DiskEvent[],
  survives: () => boolean,
): { readonly image: Buffer; readonly lost: number } => {
  let image = Buffer.alloc(0);
  let unflushed: { offset: number; data: Buffer }[] = [];
  const apply = ({ offset, data }: { offset: number; data: Buffer }): void => {
    const end = offset + data.length;
    if (end > image.length) image = Buffer.concat([image, Buffer.alloc(end - image.length)]);
    data.copy(image, offset);
  };
  for (const event of events) {
    if (event.type === "write" && event.synced) apply(event);
    else if (event.type === "write") unflushed.push(event);
    else if (event.type === "flush") {
      unflushed.forEach(apply);
      unflushed = [];
    }
  }
  let lost = 0;
  for (const { offset, data } of unflushed) {
    for (let at = 0; at < data.length; at += sectorBytes) {
      if (survives()) apply({ offset: offset + at, data: data.subarray(at, at + sectorBytes) });
      else lost += 1;
    }
  }
  return { image, lost };
};
