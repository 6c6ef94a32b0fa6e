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

/** What happened at the disk, in order. A file is known by its inode. */
export type DiskEvent =
  | Write
  | { readonly type: "flush"; readonly file: number }
  /** An empty file came to be under this name, or a file took it over. */
  | { readonly type: "created" | "renamed"; readonly file: number; readonly name: string }
  | { readonly type: "folderFlushed" }
  | { readonly type: "acknowledged"; readonly position: number };

type Write = {
  readonly type: "write";
  readonly file: number;
  readonly offset: number;
  readonly data: Buffer;
  readonly synced: boolean;
};

export const readTrace = (path: string): readonly DiskEvent[] => {
  const bytes = readFileSync(path);
  const events: DiskEvent[] = [];
  for (let at = 0; at < bytes.length;) {
    const kind = String.fromCharCode(bytes[at] ?? 0);
    const synced = bytes[at + 1] === 1;
    const file = Number(bytes.readBigUInt64LE(at + 2));
    const offset = Number(bytes.readBigUInt64LE(at + 10));
    const end = at + 22 + bytes.readUInt32LE(at + 18);
    const data = bytes.subarray(at + 22, end);
    if (kind === "W") events.push({ type: "write", file, offset, data, synced });
    else if (kind === "S") events.push({ type: "flush", file });
    else if (kind === "C") events.push({ type: "created", file, name: data.toString() });
    else if (kind === "R") events.push({ type: "renamed", file, name: data.toString() });
    else if (kind === "D") events.push({ type: "folderFlushed" });
    else events.push({ type: "acknowledged", position: Number(data.toString().trim()) });
    at = end;
  }
  return events;
};

/** How far the acknowledgements among these go: the number after the highest. */
export const acknowledgedBy = (events: readonly DiskEvent[]): number =>
  events.reduce(
    (most, event) => (event.type === "acknowledged" ? Math.max(most, event.position + 1) : most),
    0,
  );

const sectorBytes = 512;

/**
 * What the disk holds, file by file, if the power is cut after `events`: all that was flushed, and of the rest whatever
 * sectors `survives` says, in any combination. Of names that were given since the folder was flushed the first so many hold;
 * but a file that was flushed itself has the name under which it was made, as on ext4, XFS and btrfs.
 */
export const diskAfterCut = (
  events: readonly DiskEvent[],
  survives: () => boolean,
): { readonly files: ReadonlyMap<string, Buffer>; readonly lost: number } => {
  const contents = new Map<number, Content>();
  const contentOf = (file: number): Content => {
    const content = contents.get(file) ?? { image: Buffer.alloc(0), unflushed: [] };
    contents.set(file, content);
    return content;
  };
  const names = new Map<string, number>();
  let unflushedNames: Named[] = [];
  const give = ({ name, file }: Named): void => {
    for (const [old, named] of names) if (named === file) names.delete(old);
    names.set(name, file);
  };
  for (const event of events) {
    if (event.type === "created") contents.delete(event.file);
    if (event.type === "created" || event.type === "renamed") unflushedNames.push(event);
    else if (event.type === "write" && event.synced) apply(contentOf(event.file), event);
    else if (event.type === "write") contentOf(event.file).unflushed.push(event);
    else if (event.type === "flush") {
      const content = contentOf(event.file);
      for (const write of content.unflushed) apply(content, write);
      content.unflushed = [];
      unflushedNames.filter((one) => one.type === "created" && one.file === event.file).forEach(give);
      unflushedNames = unflushedNames.filter((one) => one.type === "renamed" || one.file !== event.file);
    } else if (event.type === "folderFlushed") {
      unflushedNames.forEach(give);
      unflushedNames = [];
    }
  }
  // A folder's changes reach the disk in their order.
  for (const one of unflushedNames) {
    if (!survives()) break;
    give(one);
  }
  let lost = 0;
  for (const content of contents.values())
    for (const write of content.unflushed)
      for (const sector of sectorsOf(write)) {
        if (survives()) apply(content, sector);
        else lost += 1;
      }
  return { files: new Map([...names].map(([name, file]) => [name, contentOf(file).image])), lost };
};

/** What of a write falls into each sector of the file. */
function* sectorsOf({ offset, data }: Pick<Write, "offset" | "data">) {
  for (let at = 0; at < data.length;) {
    const end = at + sectorBytes - ((offset + at) % sectorBytes);
    yield { offset: offset + at, data: data.subarray(at, end) };
    at = end;
  }
}

type Named = Extract<DiskEvent, { type: "created" | "renamed" }>;

type Content = { image: Buffer; unflushed: Pick<Write, "offset" | "data">[] };

const apply = (content: Content, { offset, data }: Pick<Write, "offset" | "data">): void => {
  const end = offset + data.length;
  const { length } = content.image;
  if (end > length) content.image = Buffer.concat([content.image, Buffer.alloc(end - length)]);
  data.copy(content.image, offset);
};
