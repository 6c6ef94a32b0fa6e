import { join } from "node:path";
import { SwarmError } from "../../coordination/protocol/errors.ts";
import { modelDigest } from "../../inference/llama/digest.ts";
import { storedModels } from "../../inference/llama/model-store.ts";
import { shippedVoters } from "../../inference/voters/manifest.ts";
import { voterFolder } from "../plan/model-sizes.ts";

/** A file held against the checksum that is on record for it. */
export type Verification = {
  readonly name: string;
  readonly file: string;
  readonly expected: string;
  /** `sha256:HEX`; `null` where the file cannot be read. */
  readonly found: string | null;
  readonly ok: boolean;
};

/** Reads each file whole: the models that ship, and those that were downloaded. `only`: names, where not all are wanted. */
export const verifyModels = async (
  root: string,
  folder: string,
  only: readonly string[],
): Promise<readonly Verification[]> => {
  const ships = voterFolder(root);
  const known = [
    ...shippedVoters(ships).voters.map(({ name, file, sha256 }) => ({
      name: `voter:${name}`,
      file: join(ships, file),
      expected: `sha256:${sha256}`,
    })),
    ...storedModels(folder).map(({ reference, file, digest }) => ({
      name: reference,
      file,
      expected: digest,
    })),
  ];
  const unknown = only.find((name) => !known.some((each) => each.name === name));
  if (unknown !== undefined)
    throw new SwarmError(
      "BAD_USAGE",
      `there is no checksum of ${unknown}; on record are ${known.map(({ name }) => name).join(", ")}`,
    );
  const verified: Verification[] = [];
  for (const { name, file, expected } of known) {
    if (only.length > 0 && !only.includes(name)) continue;
    const found = await digestOf(file);
    verified.push({ name, file, expected, found, ok: found === expected });
  }
  return verified;
};

const digestOf = async (file: string): Promise<string | null> => {
  try {
    return await modelDigest(file);
  } catch (cause) {
    if (cause instanceof SwarmError) return null;
    throw cause;
  }
};
