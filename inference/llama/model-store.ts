import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { z } from "zod";
import { SwarmError } from "../../coordination/protocol/errors.ts";
import { modelDigest } from "./digest.ts";
import { readGgufHeader } from "./gguf-header.ts";
import { partsOf, referenceFlaw } from "./model-reference.ts";

export type ModelStoreConfig = {
  /** Where downloads are kept. */
  readonly folder: string;
  /** The server, with the paths of Hugging Face. Default: Hugging Face itself. */
  readonly endpoint?: string;
  /** Bytes so far, and of the whole. */
  readonly onProgress?: (progress: DownloadProgress) => void;
  readonly signal?: AbortSignal;
};

export type DownloadProgress = {
  readonly reference: string;
  readonly doneBytes: number;
  readonly totalBytes: number;
};

/** A model that was downloaded, as the list in the folder has it. */
export type StoredModel = {
  readonly reference: string;
  readonly file: string;
  readonly bytes: number;
  /** `sha256:HEX` */
  readonly digest: string;
};

/** Longest time without a byte, in milliseconds, after which a download is given up. */
const MOST_SILENCE_MS = 60_000;
const USUAL_ENDPOINT = "https://huggingface.co/";
const LIST = "models.json";

const List = z.object({
  version: z.literal(1),
  models: z.record(z.string(), z.object({ file: z.string(), bytes: z.number(), digest: z.string() })),
});

/** What was downloaded so far. A list that cannot be read is an empty one: its models are found again, and checked. */
export const storedModels = (folder: string): readonly StoredModel[] => {
  try {
    const { models } = List.parse(JSON.parse(readFileSync(join(folder, LIST), "utf8")));
    return Object.entries(models).map(([reference, { file, ...rest }]) => ({
      reference,
      file: join(folder, basename(file)),
      ...rest,
    }));
  } catch {
    return [];
  }
};

/** A model that is here already. Nothing is asked of a server. */
export const findStored = (reference: string, folder: string): StoredModel | undefined => {
  const found = storedModels(folder).find((each) => each.reference === reference);
  return found !== undefined && sizeOf(found.file) === found.bytes ? found : undefined;
};

/**
 * The file of a reference: from the folder, or by the engine's own loader from the server, checked against the checksum that the server
 * states. Throws `SwarmError` NO_MODEL that says what to do.
 */
export const fetchModel = async (reference: string, config: ModelStoreConfig): Promise<StoredModel> => {
  const flaw = referenceFlaw(reference);
  if (flaw !== undefined) throw new SwarmError("NO_MODEL", flaw);
  const stored = findStored(reference, config.folder);
  if (stored !== undefined) return stored;
  const expected = await statedDigest(reference, config);
  const file = await download(reference, config);
  const header = readGgufHeader(file);
  if (header.type !== "gguf") throw new SwarmError("NO_MODEL", header.message);
  const digest = await modelDigest(file);
  if (expected !== undefined && digest !== expected)
    throw new SwarmError(
      "NO_MODEL",
      `${file} has the checksum ${digest}, and the server says ${expected}; delete the file and run again`,
    );
  const model = { reference, file, bytes: sizeOf(file) ?? 0, digest };
  remember(model, config.folder);
  return model;
};

const download = async (reference: string, config: ModelStoreConfig): Promise<string> => {
  const { folder, endpoint = USUAL_ENDPOINT, onProgress, signal } = config;
  const { resolveModelFile } = await import("node-llama-cpp");
  const silence = watchSilence(MOST_SILENCE_MS);
  const stop = AbortSignal.any([silence.signal, ...(signal === undefined ? [] : [signal])]);
  const stopped = new Promise<never>((_, reject) =>
    stop.addEventListener("abort", () => reject(new Error("no answer within a minute")), { once: true }),
  );
  try {
    mkdirSync(folder, { recursive: true });
    const found = resolveModelFile(reference, {
      directory: folder,
      cli: false,
      endpoints: { huggingFace: endpoint },
      signal: stop,
      onProgress: ({ totalSize, downloadedSize }) => {
        silence.broken();
        onProgress?.({ reference, doneBytes: downloadedSize, totalBytes: totalSize });
      },
    });
    return await Promise.race([found, stopped]);
  } catch (cause) {
    if (signal?.aborted === true) throw signal.reason;
    throw unreachable(reference, endpoint, cause);
  } finally {
    silence.end();
  }
};

/** A signal that aborts when nothing has broken the silence for so long. */
const watchSilence = (ms: number) => {
  const controller = new AbortController();
  const wait = () => setTimeout(() => controller.abort(), ms);
  let timer = wait();
  return {
    signal: controller.signal,
    broken: () => {
      clearTimeout(timer);
      timer = wait();
    },
    end: () => clearTimeout(timer),
  };
};

/** What the server says that the file's checksum is; `undefined` where it does not say. */
const statedDigest = async (
  reference: string,
  { endpoint = USUAL_ENDPOINT, signal }: ModelStoreConfig,
): Promise<string | undefined> => {
  const parts = partsOf(reference);
  const path =
    parts.type === "tag"
      ? `v2/${parts.model}/manifests/${parts.tag}`
      : `${parts.model}/resolve/${encodeURIComponent(parts.branch)}/${parts.path}`;
  const silence = AbortSignal.timeout(MOST_SILENCE_MS);
  try {
    const response = await fetch(new URL(path, endpoint.endsWith("/") ? endpoint : `${endpoint}/`), {
      method: parts.type === "tag" ? "GET" : "HEAD",
      // The checksum is in the first answer, not in that of the store which it leads to.
      redirect: "manual",
      headers: { "user-agent": "llama-cpp" },
      signal: signal === undefined ? silence : AbortSignal.any([signal, silence]),
    });
    const stated =
      parts.type === "tag"
        ? Manifest.safeParse(await response.json()).data?.ggufFile.lfs.sha256
        : response.headers.get("x-linked-etag")?.replace(/^(W\/)?"|"$/g, "");
    return stated !== undefined && /^[0-9a-f]{64}$/.test(stated) ? `sha256:${stated}` : undefined;
  } catch (cause) {
    if (signal?.aborted === true) throw signal.reason;
    if (cause instanceof SyntaxError) return undefined;
    throw unreachable(reference, endpoint, cause);
  }
};

const Manifest = z.object({ ggufFile: z.object({ lfs: z.object({ sha256: z.string() }) }) });

const unreachable = (reference: string, endpoint: string, cause: unknown): SwarmError => {
  const why = reasonOf(cause);
  return new SwarmError(
    "NO_MODEL",
    `cannot download ${reference} from ${new URL(endpoint).host} (${why}); connect to the network once, or put the file here and ` +
      "name its path under models",
    { cause },
  );
};

/** `fetch failed` says nothing: what failed stands in its cause. */
const reasonOf = (cause: unknown): string => {
  if (!(cause instanceof Error)) return String(cause);
  return cause.cause instanceof Error ? reasonOf(cause.cause) : cause.message;
};

const remember = ({ reference, file, bytes, digest }: StoredModel, folder: string): void => {
  const all = [...storedModels(folder).filter((each) => each.reference !== reference)];
  const models = Object.fromEntries(
    [...all, { reference, file, bytes, digest }].map((each) => [
      each.reference,
      { file: basename(each.file), bytes: each.bytes, digest: each.digest },
    ]),
  );
  const draft = join(folder, `${LIST}.${process.pid}`);
  writeFileSync(draft, `${JSON.stringify({ version: 1, models }, null, 2)}\n`);
  renameSync(draft, join(folder, LIST));
};

const sizeOf = (file: string): number | undefined => {
  try {
    return statSync(file).size;
  } catch {
    return undefined;
  }
};
