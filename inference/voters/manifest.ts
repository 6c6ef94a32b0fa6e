import { readFileSync } from "node:fs";
import { join } from "node:path";
import { SwarmError } from "../../coordination/protocol/errors.ts";
import type { VoterManifest } from "./manifest-schema.ts";

/** No domain's prior weighs more than this many answers, so that later truth can overrule it. */
export const MAX_PRIOR_PER_DOMAIN = 40;

export type ShippedVoter = VoterManifest["voters"][number];

const manifestVersion = 1;

/**
 * The manifest of the models in a folder. It ships with them, and was checked against its schema when it was made. Throws
 * `NO_MODEL` if it cannot be read.
 */
export const shippedVoters = (folder: string): VoterManifest => {
  const path = join(folder, "manifest.json");
  try {
    const manifest = JSON.parse(readFileSync(path, "utf8")) as VoterManifest;
    if (manifest.version === manifestVersion) return manifest;
  } catch (cause) {
    throw unreadable(path, cause);
  }
  throw unreadable(path, undefined);
};

const unreadable = (path: string, cause: unknown): SwarmError =>
  new SwarmError("NO_MODEL", `the models that ship are not all there (${path}); install swarm again`, {
    cause,
  });
